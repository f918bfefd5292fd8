"""A shot from a transforms file: its entries met with the pictures on disk."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np

from ..contract.camera import Camera
from ..contract.errors import UserError
from ..contract.shot_description import Alpha
from .alpha import meaning_of_alpha
from .problems import Findings
from .shot import Frame, Picture, Shot
from .timing import Timing, shot_timing
from .transforms import BadEntry, Entry, Transforms, read_transforms
from .validation import PictureChecks, check_count, check_intrinsics, check_matrix, check_times, rigid

ASSUMED_FPS = 24.0
"""Blender's own default, so that one frame of the footage is one frame of a new scene."""


def examine_transforms(
    path: Path, findings: Findings, *, strict: bool, extent: tuple[float, float] | None = None
) -> Shot:
    """Read a transforms file and its pictures, recording problems; the shot is fit for use only where there are none.

    Parameters
    ----------
    strict : bool
        Whether the frames must make a shot: enough of them, in order.
    extent : (first, last) or None
        Shot frames that times 0 and 1 mean, where the shot is known from elsewhere.

    Raises
    ------
    UserError
        If the file is not a transforms file at all.
    """
    transforms = read_transforms(path, findings)
    timing = shot_timing(transforms, findings, extent)
    checks = PictureChecks(findings)
    streams = _streams(transforms, timing, findings)
    frames, alphas = [], []
    for entry, shot_frame, stream in zip(transforms.entries, timing.shot_frames, streams, strict=True):
        frame, alpha = _frame(entry, shot_frame, stream, transforms, checks, findings)
        if frame is not None:
            frames.append(frame)
            alphas.append(alpha)
    if strict:
        check_times(frames, path, findings)
        check_count(len(transforms.entries), {f for f in timing.shot_frames if np.isfinite(f)}, path, findings)
    elif not transforms.entries:
        findings.problem("it has no frames", file=path)
    if transforms.fps is None:
        findings.note(f"it does not state its frame rate (fps); {ASSUMED_FPS:g} is assumed", file=path)
    return Shot(
        name=transforms.name,
        frames=_with_alpha(frames, alphas, transforms, findings),
        fps=transforms.fps or ASSUMED_FPS,
        first_frame=timing.first,
        last_frame=timing.last,
        metres_per_unit=transforms.metres_per_unit,
        near=transforms.near,
        far=transforms.far,
    )


def _frame(
    entry: Entry, shot_frame: float, stream: int, transforms: Transforms, checks: PictureChecks, findings: Findings
) -> tuple[Frame | None, bool]:
    """The frame of an entry and whether its picture has alpha; None where something is wrong with it."""
    source = transforms.path
    sound = check_matrix(entry.matrix, source, entry.name, findings) and bool(np.isfinite(shot_frame))
    if entry.path is None:
        findings.problem("it has no file_path", file=source, frame=entry.name)
        return None, False
    info = checks.picture(entry.path, entry.name)
    size = (info.width, info.height) if info else (entry.intrinsics.width or 2, entry.intrinsics.height or 2)
    try:
        matrix = rigid(entry.matrix) if sound else np.eye(4)
        camera = entry.intrinsics.camera(matrix, *size)
    except BadEntry as error:
        findings.problem(str(error), file=entry.path, frame=entry.name)
        return None, False
    check_intrinsics(camera, source, entry.name, findings)
    _note_resize(entry, size, info is not None, findings)
    if entry.mask is not None and info is not None:
        checks.mask(entry.mask, size, entry.name)
    if not sound:
        return None, False
    return _made(entry, camera, shot_frame, stream), info is not None and info.alpha


def _made(entry: Entry, camera: Camera, shot_frame: float, stream: int) -> Frame:
    assert entry.path is not None
    return Frame(entry.name, Picture(entry.path, mask=entry.mask), camera, shot_frame, stream)


def _note_resize(entry: Entry, size: tuple[int, int], known: bool, findings: Findings) -> None:
    declared = (entry.intrinsics.width, entry.intrinsics.height)
    if known and None not in declared and declared != size:
        findings.note(
            f"the picture is {size[0]}x{size[1]}, the file says {declared[0]}x{declared[1]}; the lens was scaled",
            file=entry.path,
            frame=entry.name,
        )


def _streams(transforms: Transforms, timing: Timing, findings: Findings) -> list[int]:
    """Which physical camera took each frame: by `camera` where the file says it, else by who shares a time."""
    keys = [entry.stream for entry in transforms.entries]
    if any(key is not None for key in keys):
        order = {key: number for number, key in enumerate(dict.fromkeys(keys))}
        return [order[key] for key in keys]
    turns: dict[float, int] = defaultdict(int)
    streams = []
    for frame in timing.shot_frames:
        streams.append(turns[frame])
        turns[frame] += 1
    # A few frames that share a time are a mistake; a whole grid of cameras by times is a rig.
    if len(turns) < 2 or len(keys) < 1.5 * len(turns) or _same_view_twice(transforms, timing):
        return [0] * len(keys)
    cameras = max(turns.values())
    findings.note(f"several frames share each time; they are taken for {cameras} cameras", file=transforms.path)
    return streams


def _same_view_twice(transforms: Transforms, timing: Timing) -> bool:
    views = [(frame, e.matrix.tobytes()) for e, frame in zip(transforms.entries, timing.shot_frames, strict=True)]
    return len(set(views)) < len(views)


def _with_alpha(
    frames: list[Frame], alphas: list[bool], transforms: Transforms, findings: Findings
) -> tuple[Frame, ...]:
    """The frames in their final order, each knowing what the fourth channel of its picture means."""
    with_alpha = [frame for frame, alpha in zip(frames, alphas, strict=True) if alpha]
    if transforms.alpha is not None:
        meaning = transforms.alpha
    else:
        try:
            meaning = meaning_of_alpha(with_alpha, transforms.path, findings)
        except UserError as error:
            findings.problem(error.sentence, file=transforms.path)
            meaning = Alpha.STRAIGHT
    final = []
    for frame, alpha in zip(frames, alphas, strict=True):
        picture = frame.picture
        picture = Picture(picture.path, picture.video_frame, picture.mask, meaning if alpha else Alpha.NONE)
        final.append(Frame(frame.name, picture, frame.camera, frame.shot_frame, frame.stream))
    return tuple(sorted(final, key=lambda frame: (frame.stream, frame.shot_frame)))
