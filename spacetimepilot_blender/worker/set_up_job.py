"""Setting the worker up, as Blender sees it: a process of its own that makes an environment, and ends with Blender."""

from __future__ import annotations

import platform
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO

import bpy

from ...bake.contract.bake_folder import take_lock
from ...bake.contract.environment import MARK
from ...bake.contract.errors import UserError
from ...bake.contract.messages import Done, Failed, Message, Progress, Stopped, decode
from ...bake.contract.torch_build import TorchBuild, choose_build, driver_cuda
from ..preferences import device, preferences
from .interpreter import base_python, own_environments, own_folder
from .worker_process import last_line, start_worker

_LOOK_SECONDS = 0.25
_LOCK = "lock"


class SetUpState(StrEnum):
    """How setting up stands."""

    IDLE = "idle"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class SetUpView:
    """How setting up stands: a sentence for people, and the share that is done."""

    state: SetUpState = SetUpState.IDLE
    text: str = ""
    fraction: float = 0.0


@dataclass(frozen=True)
class SetUpPlan:
    """What setting up will do. Packages come from the folder `wheels`, or are downloaded where it is None."""

    base: Path
    folder: Path
    build: TorchBuild
    reason: str
    wheels: Path | None

    def words(self) -> list[str]:
        """The command line of the process that does it."""
        words = ["install", str(self.folder), "--torch", self.build.name, "--tied", "--json"]
        return words if self.wheels is None else [*words, "--wheels", str(self.wheels)]


def log_file() -> Path:
    """What the last set-up has said; it need not exist."""
    return own_folder() / "setup.log"


def suiting_build() -> tuple[TorchBuild, str]:
    """The build of PyTorch that suits this machine and its preferences, and why."""
    system = platform.system()
    if device() == "cpu":
        return choose_build(system, None)[0], "the device is CPU"
    return choose_build(system, driver_cuda())


def offline_remedy() -> str:
    """What to do where nothing may be downloaded. What the command line has said, the preferences cannot change."""
    if bpy.app.online_access_override:
        return "It was started with --offline-mode: start it without, or choose a folder of wheels."
    return "Allow Online Access in the preferences' System tab (blender --online-mode), or name a folder of wheels."


def plan_set_up(python: str = "", wheels: str = "") -> SetUpPlan:
    """What setting up would do, with a Python and a folder of wheels that go before the preferences'.

    Raises
    ------
    UserError
        If it cannot be done like this.
    """
    settings = preferences()
    if settings is None:
        raise UserError("The extension is not installed, so it has no folder for a worker.", "Install it.")
    named = wheels or settings.wheels
    folder = Path(bpy.path.abspath(named)).resolve() if named else None
    if folder is not None and not folder.is_dir():
        raise UserError(f"The folder of wheels {folder} is not there.", "Choose it again, or clear it to download.")
    if folder is None and not bpy.app.online_access:
        raise UserError("Blender may not go online.", offline_remedy())
    build, reason = suiting_build()
    numbers = [int(path.name) for path in own_environments()]
    return SetUpPlan(base_python(python), own_folder() / str(max(numbers, default=0) + 1), build, reason, folder)


class SetUpJob:
    """A set-up that runs.

    Raises
    ------
    UserError
        If it cannot be started, or another Blender is at it.
    """

    def __init__(self, plan: SetUpPlan) -> None:
        self.plan = plan
        try:
            self._lock = _locked(plan.folder.parent)
            _remove([path for path in own_environments() if not (path / MARK).is_file()], wait=True)
            with log_file().open("wb") as log:
                self._said = tempfile.TemporaryFile()  # noqa: SIM115
                self._process = start_worker(
                    plan.words(), output=self._said, errors=log, commanded=True, outlives=True, interpreter=plan.base
                )
        except OSError as error:
            raise UserError(
                f"Cannot write to {plan.folder.parent}: {error.strerror or error}.", "Make the folder writable."
            ) from error

    def look(self) -> SetUpView:
        """How it stands now; cheap enough to ask four times a second."""
        code = self._process.poll()
        message = self._message()
        if code is None:
            progress = message if isinstance(message, Progress) else Progress("Starting", 0.0)
            return SetUpView(SetUpState.RUNNING, progress.phase, min(max(progress.fraction, 0.0), 1.0))
        self._lock.close()
        if isinstance(message, Done):
            return SetUpView(SetUpState.DONE, "The worker is set up.", 1.0)
        if isinstance(message, Failed):
            return SetUpView(SetUpState.FAILED, f"{message.message} {message.hint}".strip())
        if isinstance(message, Stopped):
            return SetUpView(SetUpState.STOPPED, "Setting up was cancelled; nothing is left of it.")
        return SetUpView(SetUpState.FAILED, f"Setting up ended (exit code {code}). The log {log_file()} has more.")

    def cancel(self) -> None:
        """Have it stop; within some seconds nothing is left of it."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()

    def wait(self, tell: Callable[[SetUpView], None]) -> SetUpView:
        """Wait for its end, telling how it stands; Ctrl+C cancels it."""
        while True:
            try:
                view = self.look()
                if view.state is not SetUpState.RUNNING:
                    return view
                tell(view)
                time.sleep(_LOOK_SECONDS)
            except KeyboardInterrupt:
                self.cancel()

    def tidy(self, *, wait: bool) -> None:
        """Remove the environments that the new one replaces."""
        _remove([path for path in own_environments() if path != self.plan.folder], wait=wait)

    def _message(self) -> Message | None:
        with suppress(ValueError):
            return decode(last_line(self._said))
        return None


def _locked(folder: Path) -> IO[bytes]:
    """Keeps another Blender from working there until it is closed, or this Blender ends."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / _LOCK).open("ab")
    if take_lock(lock):
        return lock
    lock.close()
    raise UserError("Another Blender is setting the worker up.", "Wait until it has ended.")


def _remove(folders: list[Path], *, wait: bool) -> None:
    """Remove environments, in peace: what cannot be removed now is removed by the next set-up."""
    for folder in folders:
        with suppress(OSError):
            (folder / MARK).unlink(missing_ok=True)
    remover = threading.Thread(
        target=lambda: [shutil.rmtree(folder, ignore_errors=True) for folder in folders],
        name="old environments",
        daemon=True,
    )
    remover.start()
    if wait:
        remover.join()
