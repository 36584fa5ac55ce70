"""What the verdict on a guest's kernel tests counts: tests that ran, and why others did not."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "vm"))
from check_kernel import ran  # noqa: E402

UNITTEST = """test_whole (m.T.test_whole) ... ok
test_parts (m.T.test_parts) ...\x20
  test_parts (m.T.test_parts) (workers='1x1') ... skipped 'cpu_ns@schedstat is missing: emulated'
  test_parts (m.T.test_parts) (workers='2x1') ... skipped 'cpu_ns@schedstat is missing: emulated'
test_left (m.T.test_left)
It has a sentence of its own. ... skipped "the host's kernel has none"
setUpClass (m.Media) ... skipped 'no loop devices'

----------------------------------------------------------------------
Ran 3 tests in 0.001s

OK (skipped=4)
"""
GTEST = """[ RUN      ] Swap.Area
/src/swap_test.cpp:7: Skipped
no zram

[  SKIPPED ] Swap.Area (0 ms)
[==========] 3 tests from 2 test suites ran. (5 ms total)
"""


class RanTest(unittest.TestCase):
    def test_a_test_of_which_parts_were_left_out_ran(self):
        count, whys = ran(UNITTEST)
        self.assertEqual(count, 2)
        self.assertEqual(sorted(set(whys)), ["cpu_ns@schedstat is missing: emulated", "no loop devices",
                                             "the host's kernel has none"])

    def test_googletest(self):
        self.assertEqual(ran(GTEST), (2, ["no zram"]))

    def test_nothing_ran(self):
        self.assertEqual(ran("Segmentation fault"), (0, []))


if __name__ == "__main__":
    unittest.main()
