"""Blender as a module, with the built extension installed, isolated from whoever runs the tests."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.blender.driver import RESULT

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = ("4.5", "5.2")
_HERE = Path(__file__).resolve().parent
_UNWELCOME = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYTHONSTARTUP", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True)
class Result:
    """How a scenario ended. `values` is what its `main` returned, empty if it did not come to that."""

    returncode: int
    stdout: str
    stderr: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Blender:
    """One installed Blender with the extension in it."""

    version: str
    python: Path
    resources: Path
    """BLENDER_USER_RESOURCES: preferences and extensions of these tests alone."""

    def run(
        self,
        scenario: str | Path,
        *arguments: object,
        timeout: float = 120,
        env: Mapping[str, str | None] | None = None,
        check: bool = True,
    ) -> Result:
        """Run `main(*arguments)` of a scenario in a new process, with the extension enabled.

        Parameters
        ----------
        scenario : str or Path
            A name in `scenarios/`, or a file.
        arguments : object
            What JSON can carry, or paths, which arrive as strings.
        env : mapping of str to str or None
            Environment variables to set, or with None to take away.
        check : bool
            Whether a scenario that raised fails the test, with what Blender printed.
        """
        path = scenario if isinstance(scenario, Path) else _HERE / "scenarios" / f"{scenario}.py"
        result = self.drive(str(path), json.dumps(arguments, default=str), timeout=timeout, env=env)
        if check and result.returncode:
            told = f"{result.stdout[-4000:]}\n{result.stderr[-8000:]}"
            raise AssertionError(f"{path.name} in Blender {self.version} ended with {result.returncode}:\n{told}")
        return result

    def drive(self, *words: str, timeout: float, env: Mapping[str, str | None] | None = None) -> Result:
        """Run the driver with a command line of its own; see `driver.py`."""
        command = [str(self.python), "-P", "-X", "faulthandler", str(_HERE / "driver.py"), *words]
        # Files, not pipes: a worker that outlives Blender would hold a pipe open, and reading it would never end.
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            process = subprocess.Popen(
                command, cwd=self.resources, env=self._environment(env), stdout=out, stderr=err, start_new_session=True
            )
            try:
                process.wait(timeout)
            except subprocess.TimeoutExpired:
                told = f"{_all(out)[-4000:]}\n{_all(err)[-8000:]}"
                raise AssertionError(f"Blender {self.version} hung for {timeout} s in {words[0]}:\n{told}") from None
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            stdout, stderr = _all(out), _all(err)
        results = [line for line in stdout.splitlines() if line.startswith(RESULT)]
        values = json.loads(results[-1].removeprefix(RESULT)) if results else {}
        return Result(process.returncode, stdout, stderr, values or {})

    def _environment(self, changes: Mapping[str, str | None] | None) -> dict[str, str]:
        environment: dict[str, str | None] = {
            **{key: value for key, value in os.environ.items() if key not in _UNWELCOME},
            "BLENDER_USER_RESOURCES": str(self.resources),
            "SPACETIMEPILOT_PYTHON": sys.executable,
            **(changes or {}),
        }
        return {key: value for key, value in environment.items() if value is not None}


def _all(stream: Any) -> str:
    stream.seek(0)
    return str(stream.read())


def wheel_python(version: str) -> Path:
    """The interpreter that has that Blender as a module; it need not exist."""
    return ROOT / f".venv-blender-{version}" / "bin" / "python"


def installed(version: str, package: Path, resources: Path) -> Blender:
    """Blender with the extension, in a user folder of its own, which is made if it is not there."""
    resources.mkdir(exist_ok=True)
    one = Blender(version, wheel_python(version), resources)
    done = one.drive("install", str(package), timeout=300)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return one
