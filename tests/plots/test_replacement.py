"""The simulators: worked by hand, held to each other, and to what is known of each policy."""

import time
import unittest
from collections import OrderedDict

import numpy as np

import paths  # noqa: F401
import replacement
from replacement import clock, fifo, lru, lru_curve, optimum, two_lists

BELADY = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5]


def naive_lru(trace, capacity):
    held, misses = OrderedDict(), 0
    for page in trace:
        if page in held:
            held.move_to_end(page)
            continue
        misses += 1
        if len(held) == capacity:
            held.popitem(last=False)
        held[page] = True
    return misses


def naive_fifo(trace, capacity):
    held, misses = [], 0
    for page in trace:
        if page not in held:
            misses += 1
            held = [*held, page][-capacity:]
    return misses


def best_by_search(trace, capacity):
    """The fewest misses over every choice of victims."""
    states = {frozenset(): 0}
    for page in trace:
        after = {}
        for held, misses in states.items():
            if page in held:
                choices = [(held, misses)]
            elif len(held) < capacity:
                choices = [(held | {page}, misses + 1)]
            else:
                choices = [((held - {victim}) | {page}, misses + 1) for victim in held]
            for state, cost in choices:
                after[state] = min(after.get(state, cost), cost)
        states = after
    return min(states.values())


def traces():
    rng = np.random.default_rng(3)
    yield from (rng.integers(0, pages, 120).tolist() for pages in (2, 5, 9, 17) for _ in range(6))
    yield (rng.zipf(1.3, 400) % 50).tolist()


class ByHandTest(unittest.TestCase):
    def test_beladys_anomaly(self):
        # Belady, Nelson, Shedler, CACM 12(6), 1969: with more room FIFO misses more.
        self.assertEqual([fifo(BELADY, 3), fifo(BELADY, 4)], [9, 10])
        self.assertEqual([lru(BELADY, 3), lru(BELADY, 4)], [10, 8])
        self.assertEqual([optimum(BELADY, 3), optimum(BELADY, 4)], [7, 6])

    def test_the_textbooks_reference_string(self):
        # Silberschatz, Galvin, Gagne, Operating System Concepts: three frames.
        string = [7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1]
        self.assertEqual([policy(string, 3) for policy in (fifo, lru, optimum)], [15, 12, 9])

    def test_clock_gives_one_second_chance(self):
        # 3 sweeps all bits and takes 0; 1 is accessed again, so that 4 passes it by and takes 2.
        self.assertEqual(clock([0, 1, 2, 3, 1, 4, 1], 3), 5)
        self.assertEqual(clock([0, 1, 2, 3, 1, 4, 1, 2], 3), 6)
        self.assertEqual(fifo([0, 1, 2, 3, 1, 4, 1], 3), 6)

    def test_two_lists_keep_a_page_that_is_used_through_a_scan(self):
        trace, seen = [], 0
        for _ in range(400):
            trace += [0, 1, 2, 100 + seen % 40]  # three pages in use, and a scan of forty
            seen += 1
        once = 3 + 400
        self.assertLess(two_lists(trace, 10) - once, 10)  # before they were known to be used
        self.assertGreater(fifo(trace, 10) - once, 100)

    def test_two_lists_by_hand(self):
        # 3 sends all three round once and takes 0; 1, accessed again, becomes active as 4 takes 2;
        # 2 is back too late to be active, and takes 3, which had its one round; 1 has stayed.
        self.assertEqual(two_lists([0, 1, 2, 3, 1, 4, 2, 1, 4], 3), 6)

    def test_nothing_and_a_single_page(self):
        for policy in replacement.POLICIES.values():
            self.assertEqual(policy([], 2), 0)
            self.assertEqual(policy([4, 4, 4], 1), 1)
            self.assertEqual(policy([0, 1, 0, 1], 1), 4)


class KnownTest(unittest.TestCase):
    def test_the_curve_is_what_lru_does(self):
        for trace in traces():
            curve = lru_curve(trace)
            self.assertEqual(curve[0], len(trace))
            self.assertEqual([naive_lru(trace, c) for c in range(1, len(curve))], curve[1:].tolist())

    def test_lru_never_misses_more_with_more_room(self):
        for trace in traces():
            self.assertTrue(np.all(np.diff(lru_curve(trace)) <= 0))

    def test_fifo_is_what_a_queue_does(self):
        for trace in traces():
            for capacity in (1, 2, 3, 8):
                self.assertEqual(fifo(trace, capacity), naive_fifo(trace, capacity))

    def test_nothing_beats_the_optimum(self):
        for trace in traces():
            for capacity in (1, 2, 4, 8):
                least = optimum(trace, capacity)
                for policy in replacement.POLICIES.values():
                    self.assertGreaterEqual(policy(trace, capacity), least)

    def test_the_optimum_is_the_best_of_all_choices(self):
        for trace in list(traces())[:12]:
            self.assertEqual(optimum(trace[:40], 3), best_by_search(trace[:40], 3))

    def test_in_a_cycle_that_does_not_fit_all_but_the_optimum_miss_always(self):
        cycle = list(range(20)) * 5
        for policy in (fifo, clock, lru):
            self.assertEqual(policy(cycle, 19), 100)
            self.assertEqual(policy(cycle, 20), 20)
        self.assertLess(optimum(cycle, 19), 30)

    def test_where_all_fits_each_page_misses_once(self):
        for trace in traces():
            for policy in replacement.POLICIES.values():
                self.assertEqual(policy(trace, len(set(trace))), len(set(trace)))

    def test_at_uniform_draws_no_policy_without_foresight_differs(self):
        # Independent draws: every page in memory is as good as any other (King, 1971).
        trace = np.random.default_rng(5).integers(0, 1000, 60_000)
        expected = 500 + 0.5 * 60_000
        for policy in (fifo, clock, lru, two_lists):
            self.assertAlmostEqual(policy(trace, 500) / expected, 1, delta=0.02)

    def test_a_curve_has_every_policy_at_every_capacity(self):
        trace = (np.random.default_rng(1).zipf(1.2, 3000) % 100).tolist()
        for name, policy in replacement.POLICIES.items():
            self.assertEqual(replacement.curve(name, trace, [3, 50, 1000]),
                             [policy(trace, capacity) for capacity in (3, 50, 1000)])

    def test_a_million_accesses_take_seconds(self):
        trace = (np.random.default_rng(1).zipf(1.1, 1_000_000) % 50_000).astype(np.int64)
        began = time.process_time()
        for policy in replacement.POLICIES.values():
            policy(trace, 8000)
        self.assertLess(time.process_time() - began, 40)


if __name__ == "__main__":
    unittest.main()
