"""Cameras that stand still and film together, a video each: nothing but their common start is known of their clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..contract.errors import UserError
from .capture import Entry, Intrinsics
from .problems import Findings
from .video import VideoInfo, inspect_video


@dataclass(frozen=True)
class RigCamera:
    """One camera of a rig: `matrix` is (4, 4) float64, OpenGL camera to world."""

    name: str
    video: Path
    intrinsics: Intrinsics
    matrix: NDArray[np.float64]


def film(cameras: Sequence[RigCamera], path: Path, findings: Findings) -> tuple[tuple[Entry, ...], float | None]:
    """A frame for every picture of every video, and the pictures a second that all videos state.

    `path` is the file that describes the rig. Picture *i* of each video is shot frame *i*.
    """
    entries: list[Entry] = []
    known: dict[Path, VideoInfo] = {}
    for camera in cameras:
        try:
            info = known[camera.video] = inspect_video(camera.video)
        except UserError as error:
            findings.problem(error.sentence, file=camera.video)
            continue
        entries += (_frame(camera, number) for number in range(info.frame_count))
    findings.note("its videos are taken to start at the same instant", file=path)
    lengths = sorted({info.frame_count for info in known.values()})
    if len(lengths) > 1:
        findings.note(f"its videos have between {lengths[0]} and {lengths[-1]} pictures", file=path)
    rates = {round(info.fps, 2): video.name for video, info in known.items()}
    if len(rates) > 1:
        told = ", ".join(f"{video} has {rate:g}" for rate, video in sorted(rates.items()))
        findings.problem(f"its videos differ in pictures a second: {told}", file=path)
    fps = next((info.fps for info in known.values()), 0.0)
    return tuple(entries), fps if fps > 0 else None


def _frame(camera: RigCamera, number: int) -> Entry:
    return Entry(
        name=f"{camera.video.name}[{number}]",
        path=camera.video,
        intrinsics=camera.intrinsics,
        matrix=camera.matrix,
        shot_frame=float(number),
        stream=camera.name,
        video_frame=number,
    )
