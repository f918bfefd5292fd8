"""A shot from a capture: its entries met with the pictures on disk."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np

from ..contract.camera import Camera
from ..contract.errors import UserError
from ..contract.shot_description import Alpha
from .alpha import meaning_of_alpha
from .capture import BadEntry, Capture, Entry
from .problems import Findings
from .shot import Frame, Picture, Shot
from .timing import Timing, shot_timing
from .validation import PictureChecks, check_count, check_intrinsics, check_matrix, check_times, rigid

ASSUMED_FPS = 24.0
"""Blender's own default, so that one frame of the footage is one frame of a new scene."""


def examine_capture(
    capture: Capture, findings: Findings, *, strict: bool, extent: tuple[float, float] | None = None
) -> Shot:
    """Look at the pictures of a capture, recording problems; the shot is fit for use only where there are none.

    Parameters
    ----------
    strict : bool
        Whether the frames must make a shot: enough of them, in order.
    extent : (first, last) or None
        Shot frames that times 0 and 1 mean, where the shot is known from elsewhere.
    """
    path = capture.path
    timing = shot_timing(capture, findings, extent)
    checks = PictureChecks(findings)
    streams = _streams(capture, timing, findings)
    frames, alphas = [], []
    for entry, shot_frame, stream in zip(capture.entries, timing.shot_frames, streams, strict=True):
        frame, alpha = _frame(entry, shot_frame, stream, capture, checks, findings)
        if frame is not None:
            frames.append(frame)
            alphas.append(alpha)
    _note_resized(capture, frames, findings)
    if strict:
        check_times(frames, path, findings)
        check_count(len(capture.entries), {f for f in timing.shot_frames if np.isfinite(f)}, path, findings)
    elif not capture.entries:
        findings.problem("it has no frames", file=path)
    if capture.fps is None:
        findings.note(f"it does not state its frame rate (fps); {ASSUMED_FPS:g} is assumed", file=path)
    return Shot(
        name=capture.name,
        frames=_with_alpha(frames, alphas, capture, findings),
        fps=capture.fps or ASSUMED_FPS,
        first_frame=timing.first,
        last_frame=timing.last,
        metres_per_unit=capture.metres_per_unit,
        near=capture.near,
        far=capture.far,
    )


def _frame(
    entry: Entry, shot_frame: float, stream: int, capture: Capture, checks: PictureChecks, findings: Findings
) -> tuple[Frame | None, bool]:
    """The frame of an entry and whether its picture has alpha; None where something is wrong with it."""
    source = capture.path
    sound = check_matrix(entry.matrix, source, entry.name, findings) and bool(np.isfinite(shot_frame))
    if entry.path is None:
        findings.problem("it has no file_path", file=source, frame=entry.name)
        return None, False
    info = checks.footage(entry.path, entry.video_frame, entry.name)
    size = (info.width, info.height) if info else (entry.intrinsics.width or 2, entry.intrinsics.height or 2)
    try:
        matrix = rigid(entry.matrix) if sound else np.eye(4)
        camera = entry.intrinsics.camera(matrix, *size)
    except BadEntry as error:
        findings.problem(str(error), file=entry.path, frame=entry.name)
        return None, False
    check_intrinsics(camera, source, entry.name, findings)
    if info is not None:
        _check_beside(entry, size, checks)
    if not sound:
        return None, False
    return _made(entry, camera, shot_frame, stream), info is not None and info.alpha


def _made(entry: Entry, camera: Camera, shot_frame: float, stream: int) -> Frame:
    assert entry.path is not None
    picture = Picture(
        entry.path, entry.video_frame, entry.mask, moving=entry.moving, depth=entry.depth, exposure=entry.exposure
    )
    return Frame(entry.name, picture, camera, shot_frame, stream)


def _check_beside(entry: Entry, size: tuple[int, int], checks: PictureChecks) -> None:
    if entry.mask is not None:
        checks.mask(entry.mask, size, entry.name)
    if entry.moving is not None:
        checks.moving(entry.moving, size, entry.name)
    if entry.depth is not None:
        checks.depth(entry.depth, size, entry.name)


def _note_resized(capture: Capture, frames: list[Frame], findings: Findings) -> None:
    """One note for each pair of sizes: captures are often used at a fraction of the size they were solved at."""
    declared = {entry.name: (entry.intrinsics.width, entry.intrinsics.height) for entry in capture.entries}
    resized: dict[tuple[object, ...], list[Frame]] = defaultdict(list)
    for frame in frames:
        said, size = declared[frame.name], (frame.camera.width, frame.camera.height)
        if None not in said and said != size:
            resized[said + size].append(frame)
    for (w, h, width, height), same in resized.items():
        others = f" (and {len(same) - 1} more)" if len(same) > 1 else ""
        findings.note(
            f"the picture{others} is {width}x{height}, the file says {w}x{h}; the lens was scaled",
            file=same[0].picture.path,
            frame=same[0].name,
        )


def _streams(capture: Capture, timing: Timing, findings: Findings) -> list[int]:
    """Which physical camera took each frame: by `camera` where the file says it, else by who shares a time."""
    keys = [entry.stream for entry in capture.entries]
    if any(key is not None for key in keys):
        order = {key: number for number, key in enumerate(dict.fromkeys(keys))}
        return [order[key] for key in keys]
    turns: dict[float, int] = defaultdict(int)
    streams = []
    for frame in timing.shot_frames:
        streams.append(turns[frame])
        turns[frame] += 1
    # A few frames that share a time are a mistake; a whole grid of cameras by times is a rig.
    if len(turns) < 2 or len(keys) < 1.5 * len(turns) or _same_view_twice(capture, timing):
        return [0] * len(keys)
    cameras = max(turns.values())
    findings.note(f"several frames share each time; they are taken for {cameras} cameras", file=capture.path)
    return streams


def _same_view_twice(capture: Capture, timing: Timing) -> bool:
    views = [(frame, e.matrix.tobytes()) for e, frame in zip(capture.entries, timing.shot_frames, strict=True)]
    return len(set(views)) < len(views)


def _with_alpha(frames: list[Frame], alphas: list[bool], capture: Capture, findings: Findings) -> tuple[Frame, ...]:
    """The frames in their final order, each knowing what the fourth channel of its picture means."""
    with_alpha = [frame for frame, alpha in zip(frames, alphas, strict=True) if alpha]
    if capture.alpha is not None:
        meaning = capture.alpha
    else:
        try:
            meaning = meaning_of_alpha(with_alpha, capture.path, findings)
        except UserError as error:
            findings.problem(error.sentence, file=capture.path)
            meaning = Alpha.STRAIGHT
    final = []
    for frame, alpha in zip(frames, alphas, strict=True):
        picture = replace(frame.picture, alpha=meaning if alpha else Alpha.NONE)
        final.append(replace(frame, picture=picture))
    return tuple(sorted(final, key=lambda frame: (frame.stream, frame.shot_frame)))
