"""`faultlab man`: complete, and a page that man(1) formats without a warning."""

import re
import shutil
import subprocess
import unittest

from program import EXIT_OK, PATIENCE_S, ProgramTest

SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES",
            "SEE ALSO"]


class ManualTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.page = self.faultlab("man", expect=EXIT_OK).stdout
        self.help = self.faultlab("--help", expect=EXIT_OK).stdout

    def plain(self) -> str:
        """Without troff's escapes."""
        return re.sub(r"\\f[BIR]|\\&", "", self.page).replace("\\-", "-").replace("\\(ga", "`").replace("\\e", "\\")

    def formatted(self, *command: str) -> str:
        if not shutil.which(command[0]):
            self.skipTest(f"{command[0]} is not installed")
        done = subprocess.run(command, input=self.page, text=True, capture_output=True, timeout=PATIENCE_S, check=False,
                              env=self.environment(MANWIDTH="100", LC_ALL="C.UTF-8"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_its_sections(self):
        self.assertEqual(re.findall(r"^\.SH (.*)$", self.page, re.M), SECTIONS)

    def test_every_command_with_every_option(self):
        names = re.findall(r"^  ([\w-]+) ", self.help.split("Subcommands:")[1].split("Examples:")[0], re.M)
        self.assertEqual(re.findall(r"^\.SS (.*)$", self.plain(), re.M), names)
        for name in names:
            for option in re.findall(r"--[a-z-]+", self.faultlab(name, "--help").stdout.split("Examples:")[0]):
                self.assertIn(option, self.plain(), name)

    def test_the_codes_and_examples_of_the_help(self):
        for example in re.findall(r"^  (faultlab .*)$", self.help.split("Examples:")[1], re.M):
            self.assertIn(example, self.plain())
        codes = self.plain().split(".SH EXIT STATUS")[1].split(".SH")[0]
        self.assertEqual(re.findall(r"^(\d+)$", codes, re.M), re.findall(r"(?:: |; )(\d+) ", re.sub(
            r"\s+", " ", self.help[self.help.index("Exit codes:"):])))

    def test_it_has_no_date(self):
        self.assertRegex(self.page, r'^\.TH FAULTLAB 1 "" "faultlab [\d.]+" ')

    def test_groff_has_nothing_to_warn_of(self):
        self.formatted("groff", "-man", "-Tutf8", "-ww", "-z")

    def test_man_formats_it(self):
        text = self.formatted("man", "--warnings", "--local-file", "-")
        self.assertIn("EXIT STATUS", text)
        self.assertIn("faultlab resume results/quickstart/<run id>", text)


if __name__ == "__main__":
    unittest.main()
