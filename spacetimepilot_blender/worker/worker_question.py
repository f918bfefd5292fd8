"""Short questions to the worker: commands that end by themselves and answer with one JSON object."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from typing import Any

from ...bake.contract.errors import UserError
from .worker_process import last_line, start_worker

_SECONDS = 300


class WorkerQuestion:
    """`python -m bake WORDS --json`, running.

    Raises
    ------
    UserError
        If the worker cannot be started.
    """

    def __init__(self, *words: str) -> None:
        # Files, because a pipe that nobody reads while Blender draws would fill up and stop the worker.
        self._said, self._complained = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        self._process = start_worker([*words, "--json"], output=self._said, errors=self._complained)
        self._until = time.monotonic() + _SECONDS

    def poll(self) -> dict[str, Any] | None:
        """The answer, whether or not what it found is good; None while the worker is at it.

        Raises
        ------
        UserError
            If the worker found nothing to say, said why it failed, or takes too long.
        """
        if self._process.poll() is None:
            if time.monotonic() < self._until:
                return None
            self.stop()
            raise UserError(f"The worker did not answer within {_SECONDS} seconds.", "Run Doctor to see why.")
        return self._answer()

    def wait(self) -> dict[str, Any]:
        """The answer, waited for; raises as `poll` does."""
        try:
            self._process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            self._until = 0.0
        answer = self.poll()
        assert answer is not None
        return answer

    def stop(self) -> None:
        """Give up."""
        self._process.kill()
        self._process.wait()

    def _answer(self) -> dict[str, Any]:
        try:
            answer = json.loads(last_line(self._said))
        except ValueError as error:
            code, last = self._process.returncode, last_line(self._complained)
            raise UserError(f"The worker ended (exit code {code}). {last}".strip()) from error
        if answer.get("type") == "failed":
            raise UserError(answer.get("message", ""), answer.get("hint", ""))
        return answer
