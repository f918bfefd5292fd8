"""Programs that are run one after the other, heard line by line, and ended with all they have started."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from ..contract.errors import Cancelled

_TICK_SECONDS = 0.5


class Programs:
    """Runs programs; any thread or signal may `stop` them for good."""

    def __init__(self, log: IO[str]) -> None:
        self._log = log
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Have the program that runs killed, and start no other."""
        self._stopped.set()

    def run(
        self,
        command: Sequence[str | Path],
        folder: Path,
        environment: Mapping[str, str],
        heard: Callable[[str], None] = lambda _: None,
    ) -> int:
        """Run a program in `folder` to its end and return its exit status; everything it says goes to the log.

        `heard` gets each line that it says, and "" at least twice a second beside them. Whatever ends this, the program
        has ended with it.

        Raises
        ------
        Cancelled
            If it was stopped.
        OSError
            If it cannot be started.
        """
        words = [str(word) for word in command]
        self._log.write(f"$ {subprocess.list2cmdline(words)}\n")
        process = subprocess.Popen(
            words,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=os.name != "nt",
        )
        try:
            self._hear(process, heard)
            return process.wait()
        finally:
            _kill(process)

    def _hear(self, process: subprocess.Popen[str], heard: Callable[[str], None]) -> None:
        said: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=_listen, args=(process, said), name="program", daemon=True).start()
        while True:
            if self._stopped.is_set():
                raise Cancelled
            try:
                line = said.get(timeout=_TICK_SECONDS)
            except queue.Empty:
                heard("")
                continue
            if line is None:
                return
            self._log.write(line)
            self._log.flush()
            heard(line.strip())


def _kill(process: subprocess.Popen[str]) -> None:
    """End it with all it has started, if it has not ended."""
    if process.poll() is not None:
        return
    with suppress(OSError):
        if os.name == "nt":
            process.kill()  # A virtual environment's Python there takes its own child along.
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _listen(process: subprocess.Popen[str], said: queue.Queue[str | None]) -> None:
    assert process.stdout is not None
    with suppress(OSError, ValueError), process.stdout:
        for line in process.stdout:
            said.put(line)
    said.put(None)
