"""What ./test makes of CTest's results: each failure and each skip with its reason, from GoogleTest's and unittest's
output; and who gets a second try."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).parents[2] / "tools"

GTEST = """[ RUN      ] Sum.IsRight
/src/sum_test.cpp:7: Failure
Expected equality of these values:
  sum(1, 1)
    Which is: 3
  2

[  FAILED  ] Sum.IsRight (0 ms)
"""
UNITTEST = """test_it (m.T.test_it) ... FAIL
test_other (m.T.test_other) ... ERROR
test_more (m.T.test_more) ... skipped 'no such kernel'

======================================================================
FAIL: test_it (m.T.test_it)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "m.py", line 3, in test_it
    self.assertEqual(1, 2)
AssertionError: 1 != 2

======================================================================
ERROR: test_other (m.T.test_other)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "m.py", line 5, in test_other
    {}["a"]
KeyError: 'a'

----------------------------------------------------------------------
Ran 3 tests in 0.001s

FAILED (failures=1, errors=1, skipped=1)
"""


def case(name: str, output: str, inside: str) -> str:
    text = output.replace("&", "&amp;").replace("<", "&lt;")
    return f'<testcase name="{name}">{inside}<system-out>{text}</system-out></testcase>'


class ReasonsTest(unittest.TestCase):
    def summary(self, *cases: str, console: str = "noise\n50% tests passed\nTotal Test time\n") -> str:
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.xml"
            report.write_text(f"<testsuite>{''.join(cases)}</testsuite>", encoding="utf-8")
            return subprocess.run([sys.executable, TOOLS / "reasons.py", report], input=console, text=True, capture_output=True,
                                  check=True).stdout

    def test_each_failure_is_named_with_its_reason(self):
        said = self.summary(case("unit.sum", GTEST, '<failure message=""/>'),
                            case("cli.m", UNITTEST, '<failure message="Failed"/>'))
        self.assertIn("Failed, and why:\n  unit.sum\n    /src/sum_test.cpp:7: Failure Expected equality of", said)
        self.assertIn("  cli.m\n    test_it (m.T.test_it): AssertionError: 1 != 2\n"
                      "    test_other (m.T.test_other): KeyError: 'a'\n", said)
        self.assertIn("Skipped, and why:\n  no such kernel\n    cli.m\n", said)

    def test_a_timeout_says_so_and_how_far_it_came(self):
        said = self.summary(case("kernel.slow", "first\nthe last line\n", '<failure message="Timeout"/>'))
        self.assertIn("  kernel.slow\n    Timeout\n    the last line\n", said)

    def test_the_summary_comes_last_and_the_rest_first(self):
        said = self.summary(case("unit.sum", GTEST, '<failure message=""/>'))
        self.assertTrue(said.startswith("noise\n"))
        self.assertTrue(said.endswith("\n50% tests passed\nTotal Test time\n"))

    def test_all_green_says_nothing_more(self):
        self.assertEqual(self.summary(case("unit.sum", "fine", "")), "noise\n50% tests passed\nTotal Test time\n")


class SecondTryTest(unittest.TestCase):
    def deserved(self, failures: str) -> bool:
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "Testing/Temporary/LastTestsFailed.log"
            log.parent.mkdir(parents=True)
            log.write_text(failures, encoding="utf-8")
            words = ["bash", "-c", f'source "{TOOLS}/ctest.sh"; deserve_another_try "$1"', "-", folder]
            return subprocess.run(words, check=False).returncode == 0

    def test_a_few_that_share_the_machine_get_one(self):
        self.assertTrue(self.deserved("747:calibration.scenarios\n756:kernel.program_swap\n801:vm.pressures\n"))
        self.assertTrue(self.deserved("640:cli.readme\n"))

    def test_many_or_others_do_not(self):
        self.assertFalse(self.deserved("".join(f"{i}:kernel.t{i}\n" for i in range(4))))
        self.assertFalse(self.deserved("1:unit.Sum.IsRight\n756:kernel.program_swap\n"))
        self.assertFalse(self.deserved("1:unit.kernel.IsRight\n"))
        self.assertFalse(self.deserved("641:cli.readme_too\n"))
        self.assertFalse(self.deserved(""))


if __name__ == "__main__":
    unittest.main()
