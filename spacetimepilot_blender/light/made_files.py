"""Files that a field gives for scene frames: numbered by them, in a folder whose name says what they show.

A folder holds one file for each scene frame, or one for all of them, and a note of which shot frame each shows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ...bake.contract.errors import Cancelled, UserError
from ...bake.contract.files import read_json, write_json
from ...bake.contract.made_file import made_fault, made_name
from ..field.field_object import refresh_fields, shot_time_of
from ..placing import folder_named, numbered, place
from ..shot_time.field_time import is_animated, shown_at, stretch
from ..work import Work
from ..worker.worker_client import worker

NOTE = "frames.json"
STILL = -1
"""Stands for the scene frame of a file that holds for all of them."""
_SAME_TIME = 1e-3
"""Shot frames."""


@dataclass(frozen=True)
class MadeFiles:
    """A folder of such files. `times` are shot frames by scene frame; of a still one alone, under STILL."""

    folder: Path
    stem: str
    suffix: str
    times: dict[int, float]

    @property
    def still(self) -> bool:
        """Whether one file holds for all frames."""
        return STILL in self.times

    def file(self, frame: int) -> Path:
        """The file of a scene frame."""
        own = f"{self.stem}{self.suffix}" if self.still else numbered(self.stem, frame, self.suffix)
        return self.folder / own

    def write_note(self, field_hash: str) -> None:
        """Write down what the files show; the last file that is written."""
        note = {"stem": self.stem, "suffix": self.suffix, "field": field_hash}
        times = {str(frame): time for frame, time in self.times.items()}
        write_json(self.folder / NOTE, {**note, "times": times})


def read_note(folder: Path) -> tuple[MadeFiles, str]:
    """What a folder holds, and the content hash of the field that it was made from.

    Raises
    ------
    UserError
        If there is no such folder, or its note is damaged.
    """
    note = read_json(folder / NOTE)
    try:
        times = {int(frame): float(time) for frame, time in note["times"].items()}
        return MadeFiles(folder, note["stem"], note["suffix"], times), str(note["field"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"{folder / NOTE} is damaged.") from error


def shot_times(
    scene: bpy.types.Scene, layer: bpy.types.ViewLayer, thing: bpy.types.Object, frames: Sequence[int]
) -> dict[int, float]:
    """Shot frame that a field shows at each scene frame, under STILL if it is the same at all; the scene stays.

    Raises
    ------
    UserError
        If the time settings make no sense.
    """
    refresh_fields(scene)
    if is_animated(thing):
        times = shown_at(scene, layer, thing, frames)
    else:
        times = {frame: shot_time_of(thing, frame * stretch(scene)) for frame in frames}
    first = next(iter(times.values()))
    return {STILL: first} if all(abs(time - first) < _SAME_TIME for time in times.values()) else times


def fault_at(folder: Path, thing: bpy.types.Object, frame: int, shot_frame: float, what: str, again: str) -> str:
    """What is wrong with the file of a scene frame, and what to do, in sentences; "" if all is well.

    Parameters
    ----------
    thing : Object
        The field.
    shot_frame : float
        What the field shows at that frame.
    what, again : str
        What the files are called, and the button that makes them.
    """
    try:
        made, field_hash = read_note(folder)
    except UserError as error:
        return f"The {what} of {thing.name} cannot be read: {error.sentence} Press {again} again."
    if field_hash != thing.spacetimepilot.content_hash:
        return f"The {what} of {thing.name} were made before it was baked again. Press {again} again."
    time = made.times.get(STILL if made.still else frame)
    if time is None:
        return f"There are no {what} of {thing.name} for this frame. Press {again} for all frames that you render."
    if abs(time - shot_frame) > _SAME_TIME:
        return (
            f"The {what} of {thing.name} show shot frame {time:.2f}, but the field shows {shot_frame:.2f}. "
            f"Press {again} again."
        )
    if not made.file(frame).is_file():
        return f"A file of the {what} of {thing.name} is missing: {made.file(frame)}. Press {again} again."
    return ""


def folder_name(thing: bpy.types.Object, decides: dict[str, Any]) -> str:
    """Name of the folder of files that are decided by the values of a JSON object, among them the times."""
    return folder_named(re.sub("[^A-Za-z0-9_]", "-", thing.name), json.dumps(decides, sort_keys=True))


class FilesWork(Work):
    """Files to be made, each shot frame once.

    Parameters
    ----------
    field : str
        Name of the field object.
    request_at : callable
        The request for the file at a path, of a shot frame. Where that names another path, as several sequences share
        its files, the file is made there and placed.
    field_hash : str
        Content hash of the field.
    """

    def __init__(self, field: str, made: MadeFiles, field_hash: str, request_at: Callable[[Path, float], Any]) -> None:
        super().__init__(len(made.times))
        self.field, self.files, self._field_hash, self._request_at = field, made, field_hash, request_at

    @property
    def told(self) -> str:
        """For which frames the files are."""
        if self.files.still:
            return "one for all frames, because the field stands still"
        return f"frames {min(self.files.times)} to {max(self.files.times)}"

    def make_all(self) -> Iterator[int]:
        """Make those that are not there yet or not as they should be, telling how many there are.

        Raises
        ------
        UserError
            If one cannot be made.
        """
        same: dict[str, Path] = {}
        for frame, time in self.files.times.items():
            if self._stopped:
                return
            path = self.files.file(frame)
            request = self._request_at(path, time)
            name = made_name(request)
            try:
                if _wrong(path, name):
                    self._place(same.get(name), path, request, name)
            except Cancelled:
                return
            same.setdefault(name, path)
            self.made += 1
            yield self.made
        self.files.write_note(self._field_hash)

    def _place(self, same: Path | None, path: Path, request: Any, name: str) -> None:
        made = Path(request.path) if same is None else same
        if same is None and (made == path or _wrong(made, name)):
            worker().make(request, lambda: self._stopped)
        if made != path:
            place(made, path)


def _wrong(path: Path, name: str) -> bool:
    return not path.is_file() or bool(made_fault(path, name))
