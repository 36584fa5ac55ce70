"""Log-linear histograms as histograms/<sequence>.json holds them: merged, never averaged."""

import math
from dataclasses import dataclass, field

# Fewer samples hold no order statistic of that rank.
LEAST = {0.99: 100, 0.999: 1000}


@dataclass
class Histogram:
    """Counts by bucket, and the exact count, total, least and most, all in ns."""

    sub_buckets: int = 64
    buckets: dict = field(default_factory=dict)
    count: int = 0
    total: int = 0
    least: float = math.inf
    most: int = 0

    def add(self, held):
        """Merges one class of a histogram file."""
        for bucket, count in held["buckets"]:
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count
        self.count += held["count"]
        self.total += held["total_ns"]
        self.least = min(self.least, held["min_ns"])
        self.most = max(self.most, held["max_ns"])

    def upper_end(self, bucket):
        """The largest value of a bucket: values below 2 * sub_buckets have a bucket each."""
        if bucket < 2 * self.sub_buckets:
            return bucket
        shift = bucket // self.sub_buckets - 1
        return ((bucket - shift * self.sub_buckets + 1) << shift) - 1

    def cumulative(self):
        """Pairs (value, how many do not exceed it), rising."""
        seen = 0
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            yield min(self.upper_end(bucket), self.most), seen

    def percentile(self, share):
        """The smallest value that at least `share` of the values do not exceed."""
        wanted = max(1, math.ceil(share * self.count))
        return next(value for value, seen in self.cumulative() if seen >= wanted)

    def tail(self, share):
        """percentile(), or why so few samples have none."""
        if self.count < LEAST[share]:
            return {"missing": f"{self.count} samples: this percentile needs {LEAST[share]}"}
        return self.percentile(share)


def merged(held):
    """{class: Histogram} of several trials' histogram files, in the order of first appearance."""
    classes = {}
    for one in held:
        for name, content in one["classes"].items():
            classes.setdefault(name, Histogram(one["sub_buckets"])).add(content)
    return classes
