"""The times of a capture turned into shot frames."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .capture import Capture, Entry
from .problems import Findings


@dataclass(frozen=True)
class Timing:
    """Shot frames of the entries, in their order (NaN where an entry has none), and the shot's extent."""

    shot_frames: tuple[float, ...]
    first: float
    last: float


def shot_timing(capture: Capture, findings: Findings, extent: tuple[float, float] | None = None) -> Timing:
    """Find the shot frame of every entry.

    `shot_frame` is used where it stands. Otherwise `time` runs from 0 to 1 over the shot, whose number of frames is
    `frames_in_shot` or follows from the times. Whole numbers above 1 are taken for frame numbers, and a note says so.

    Parameters
    ----------
    extent : (first, last) or None
        Shot frames that times 0 and 1 mean, where the shot is known from elsewhere.
    """
    entries, path = capture.entries, capture.path
    frames, counted = _from_times(capture, findings, extent)
    for index, entry in enumerate(entries):
        if entry.shot_frame is not None:
            frames[index] = entry.shot_frame
        if not np.isfinite(frames[index]):
            what = "its time is not a finite number" if entry.time is not None or entry.shot_frame is not None else ""
            findings.problem(what or "it has neither a time nor a shot_frame", file=path, frame=entry.name)
    known = [frame for frame in frames if np.isfinite(frame)]
    if extent is not None:
        first, last = extent
    elif counted:
        first, last = 0.0, float(counted - 1)
    else:
        first, last = (min(known), max(known)) if known else (0.0, 0.0)
    _check_range(entries, frames, first, last, path, findings)
    return Timing(tuple(frames), first, last)


def _from_times(
    capture: Capture, findings: Findings, extent: tuple[float, float] | None
) -> tuple[list[float], int | None]:
    """Shot frames by `time` alone, and the number of frames in the shot if that is known."""
    times = np.array([np.nan if entry.time is None else entry.time for entry in capture.entries], dtype=np.float64)
    count = capture.frames_in_shot
    used = times[[entry.shot_frame is None for entry in capture.entries]] if len(times) else times
    used = used[np.isfinite(used)]
    if len(used) == 0:
        return [float("nan")] * len(times), count
    if np.all(used == np.round(used)) and used.max() > 1:
        findings.note("its times are whole numbers; they are taken for frame numbers", file=capture.path)
        return [float(time) for time in times], count
    if extent is not None:
        return [_tidy(extent[0] + time * (extent[1] - extent[0])) for time in times], count
    count = count or _frame_count(used)
    return [_tidy(time * (count - 1)) for time in times], count


def _frame_count(times: np.ndarray) -> int:
    """How many frames a shot has by its times in [0, 1]: the finest grid that they all lie on, or one frame each.

    The grid finds frames that were held back from the file; times without a grid are counted.
    """
    distinct = np.unique(np.round(times, 9))
    if len(distinct) < 2:
        return max(len(distinct), 1)
    step = float(np.min(np.diff(distinct)))
    if step > 1e-6:
        steps = round(1.0 / step)
        grid = distinct * steps
        if steps <= 8 * len(distinct) and np.all(np.abs(grid - np.round(grid)) < 0.01):
            return steps + 1
    return len(distinct)


def _tidy(frame: float) -> float:
    """Frame i of the footage is exactly i, whatever the division by the number of frames did to its last digits."""
    nearest = round(frame) if np.isfinite(frame) else frame
    return float(nearest) if abs(frame - nearest) < 1e-3 else float(frame)


def _check_range(
    entries: tuple[Entry, ...], frames: list[float], first: float, last: float, path: Path, findings: Findings
) -> None:
    for entry, frame in zip(entries, frames, strict=True):
        if not np.isfinite(frame) or first - 1e-6 <= frame <= last + 1e-6:
            continue
        if entry.shot_frame is None:
            what = f"its time {entry.time:g} is out of range; times run from 0 to 1"
        else:
            what = f"its shot frame {frame:g} is out of range; the shot runs from {first:g} to {last:g}"
        findings.problem(what, file=path, frame=entry.name)
