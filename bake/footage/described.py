"""A shot from the shot description that Blender exports: picture sequences and videos, one or more cameras."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..contract.files import read_json
from ..contract.shot_description import (
    FORMAT,
    SUFFIX,
    Alpha,
    FootageFrame,
    ShotDescription,
    Stream,
    read_shot_description,
)
from .capture import Purpose
from .problems import Findings
from .shot import Colour, Frame, Picture, Shot
from .validation import PictureChecks, check_count, check_intrinsics, check_matrix, check_times, rigid


def find(path: Path) -> Path | None:
    """The shot description that `path` is, or that is the only one in the folder `path`."""
    if path.is_dir():
        described = sorted(path.glob(f"*{SUFFIX}"))
        return described[0] if len(described) == 1 else None
    if path.name.endswith(SUFFIX):
        return path
    document = read_json(path) if path.suffix.lower() == ".json" else None
    return path if isinstance(document, dict) and document.get("format") == FORMAT else None


def examine_description(path: Path, purpose: Purpose, findings: Findings) -> Shot:
    """Read a shot description and its footage, recording problems; see `captured.examine_capture`.

    Raises
    ------
    UserError
        If the file is not a shot description at all.
    """
    description = read_shot_description(path)
    _check_shot(description, path, findings)
    checks = PictureChecks(findings)
    frames: list[Frame] = []
    for number, stream in enumerate(description.streams):
        for index, entry in enumerate(stream.frames):
            name = _name(stream, entry, index, many=len(description.streams) > 1)
            frame = _frame(entry, stream, number, name, path, checks, findings)
            if frame is not None:
                colour = Colour(stream.colour_space, _placed(description.ocio, path))
                frames.append(replace(frame, picture=replace(frame.picture, colour=colour)))
    times = [entry.shot_frame for stream in description.streams for entry in stream.frames]
    known = [time for time in times if math.isfinite(time)]
    if purpose is Purpose.BAKE:
        check_times(frames, path, findings)
        check_count(len(times), set(known), path, findings)
    elif not times:
        findings.problem("it has no frames", file=path)
    return Shot(
        name=description.name,
        frames=tuple(sorted(frames, key=lambda frame: (frame.stream, frame.shot_frame))),
        fps=description.fps,
        first_frame=min(known, default=0.0),
        last_frame=max(known, default=0.0),
        metres_per_unit=description.metres_per_unit,
        bounds=description.bounds,
    )


def _placed(config: str, source: Path) -> str:
    """An OpenColorIO configuration, which may lie beside the description."""
    return str(source.parent / config) if config and "://" not in config else config


def _check_shot(description: ShotDescription, path: Path, findings: Findings) -> None:
    for what, value in (("fps", description.fps), ("metres_per_unit", description.metres_per_unit)):
        if not (math.isfinite(value) and value > 0):
            findings.problem(f"{what} is {value:g}; it must be a positive number", file=path)
    if description.bounds is not None:
        low, high = (np.asarray(corner, dtype=np.float64) for corner in description.bounds)
        if low.shape != (3,) or high.shape != (3,) or not np.all(low < high) or not np.all(np.isfinite(high - low)):
            findings.problem("its bounds are not a box with a lower and an upper corner", file=path)


def _name(stream: Stream, entry: FootageFrame, index: int, *, many: bool) -> str:
    name = Path(entry.path).name if entry.video_frame is None else f"{Path(entry.path).name}[{entry.video_frame}]"
    return f"{stream.name or index}/{name}" if many else name


def _frame(
    entry: FootageFrame,
    stream: Stream,
    number: int,
    name: str,
    source: Path,
    checks: PictureChecks,
    findings: Findings,
) -> Frame | None:
    path = source.parent / entry.path
    sound = check_matrix(entry.camera.camera_to_world, source, name, findings)
    check_intrinsics(entry.camera, source, name, findings)
    if not math.isfinite(entry.shot_frame):
        findings.problem("its shot frame is not a finite number", file=source, frame=name)
        sound = False
    info = checks.footage(path, entry.video_frame, name)
    size = (entry.camera.width, entry.camera.height)
    if info is not None and (info.width, info.height) != size:
        findings.problem(
            f"the picture is {info.width}x{info.height}, but its camera is {size[0]}x{size[1]}", file=path, frame=name
        )
    mask = source.parent / entry.mask if entry.mask else None
    if mask is not None:
        checks.mask(mask, size, name)
    moving = source.parent / entry.moving if entry.moving else None
    if moving is not None:
        checks.moving(moving, size, name)
    if not sound:
        return None
    matrix = tuple(float(value) for value in rigid(entry.camera.camera_to_world).ravel())
    camera = replace(entry.camera, matrix=matrix)
    # Blender says what an alpha channel would mean; only the files know whether there is one.
    alpha = stream.alpha if info is not None and info.alpha else Alpha.NONE
    return Frame(name, Picture(path, entry.video_frame, mask, alpha, moving), camera, entry.shot_frame, number)
