"""What an ordinary user gets: every source that is closed to him is missing with its reason, none reads 0."""

import json

from program import EXIT_OK, OrdinaryUserTest, config

# What every file of random pages must show, whoever looks: a reading that says 0 was not measured.
NEVER_ZERO = {
    "major_faults": "every page of a cold file, read at random, is one",
    "device_read_bytes": "the file was cold",
    "resident_pages_after": "the file was read",
    "context_switches": "a cold read waits for the device",
}


class DegradedTest(OrdinaryUserTest):
    def measured(self) -> dict:
        """The record of a cold random pass, with every probe that this build has."""
        listed = json.loads(self.faultlab("list", "probes", "--json", expect=EXIT_OK).stdout)["probes"]
        content = config({"workload.engine": "mmap_shared", "workload.order": "permutation",
                          "workload.advice": "random", "workload.work": {"passes": 1}},
                         probes=[row["name"] for row in listed])
        return self.measure(content).records[0]

    def test_what_is_closed_is_missing_with_a_reason_and_nothing_reads_zero(self):
        record = self.measured()
        self.assertEqual(record["outcome"], "ok", record["reason"])
        for metric, why in NEVER_ZERO.items():
            for source, value in record["readings"][metric].items():
                if source == "spread":
                    continue
                value = value.get("value", value) if isinstance(value, dict) else value
                with self.subTest(reading=f"{metric}@{source}", why=why):
                    if isinstance(value, dict):
                        self.assertTrue(value["missing"])
                    else:
                        self.assertGreater(value, 0)

    def test_each_lack_is_in_the_manifest_with_its_remedy(self):
        self.measured()
        unmet = self.only_run().manifest["unmet"]
        self.assertIn("probe memcg", [each["what"] for each in unmet])
        for each in unmet:
            self.assertTrue(each["why"] and each["remedy"], each)
