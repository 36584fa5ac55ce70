"""What the tests of compare share: runs with an effect to order, and calls of the command in this process."""

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path

import paths  # noqa: F401
import synthetic
from compare.__main__ import main
from synthetic import ENGINE

ONE_CELL = {ENGINE: ["pread"]}
ENGINES = {ENGINE: ["pread", "mmap_shared"]}
OPS = "ops_per_second"


class World(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def make(self, name, seed=1, slower=None, manifest=None, **options):
        """A run; `slower` is {level of the engine: factor on its speed}, `manifest` what is changed in its manifest."""
        def mend(record):
            share = (slower or {}).get(record["cell"].get(ENGINE), 1)
            record["readings"][OPS]["derived"] *= share
        options.setdefault("factors", ENGINES)
        run = synthetic.quickstart(self.folder / name, seed=seed, mend=mend, expect=[], figures=[], **options)
        path = run / "manifest.json"
        content = json.loads(path.read_text(encoding="utf-8")) | (manifest or {})
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(run)

    def call(self, *arguments):
        """(exit code, stdout, stderr) of a comparison."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = main(list(map(str, arguments)))
            except SystemExit as left:
                code = left.code
        return code, out.getvalue(), err.getvalue()

    def compared(self, *arguments):
        """The comparison as a dict."""
        code, out, err = self.call(*arguments, "--json", "-")
        self.assertIn(code, (0, 1), err)
        return json.loads(out)

    def refused(self, *arguments):
        code, out, err = self.call(*arguments)
        self.assertEqual((code, out), (2, ""), err)
        self.assertTrue(err.startswith("compare: "), err)
        return err
