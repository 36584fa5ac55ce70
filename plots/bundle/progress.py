"""What a reproduction has done so far, in a file beside its runs: a second call goes on where the first one stopped."""

import json
import os

from bundle import BundleError

FILE_NAME = "reproduction-state.json"
AS_PUBLISHED = "as published"


class Progress:
    """Of one bundle at one number of trials; others in the same results folder have places of their own.

    Config -> {"known": the run folders before it was begun} and, once it is done, {"run": its run folder's name}.
    """

    def __init__(self, results, digest, trials):
        self.path = results / FILE_NAME
        self.place = f"{digest} {trials or AS_PUBLISHED}"
        self.content = self._read()
        self.configs = self.content.setdefault("reproductions", {}).setdefault(self.place, {})

    def _read(self):
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            if not isinstance(content.get("reproductions"), dict):
                raise ValueError("no reproductions in it")
            return content
        except FileNotFoundError:
            return {"schema_version": 1}
        except (OSError, ValueError, AttributeError) as error:
            raise BundleError(f"{self.path}: {error}; remove it to begin anew, or name another --results") from error

    def done(self, config):
        """The name of the run that a config has, or None."""
        return self.configs.get(config, {}).get("run")

    def begin(self, config, known):
        """The run folders that were there before the config was first begun; noted before it is."""
        entry = self.configs.setdefault(config, {"known": known})
        entry.pop("run", None)
        self._write()
        return entry["known"]

    def finish(self, config, run):
        self.configs[config]["run"] = run
        self._write()

    def forget(self, config):
        """A config that came to nothing is begun anew the next time."""
        self.configs.pop(config, None)
        self._write()

    def _write(self):
        beside = self.path.with_suffix(".json.new")
        beside.write_text(json.dumps(self.content, indent=1) + "\n", encoding="utf-8")
        os.replace(beside, self.path)
