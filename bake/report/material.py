"""All that a report is made from, gathered once; sections only lay it out."""

from __future__ import annotations

import json
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from ..contract.coverage import Looks, find_looks
from ..contract.errors import UserError
from ..contract.field_file import FieldHeader, FootageCameras, read_cameras, read_header
from ..field.storage import open_field
from ..footage.hold_out import hold_out
from ..footage.shot import Frame, Shot
from .exposing import Exposing, find_exposing
from .measuring import Measured, measure, spread

LONGEST = 640
FRAMES = 16


class Origin(StrEnum):
    """Which frames the field is compared with."""

    TEST = "test"
    """Footage of its own, which the bake has not seen."""
    HELD_OUT = "held out"
    """Frames of the footage that were kept from the bake."""
    BAKED = "baked"
    """Frames that the bake has seen, because there are no others."""


@dataclass(frozen=True)
class Order:
    """What a report shall be made of. `test` is footage of the same shot that the bake has not seen.

    `longest` bounds the size, in pixels, at which frames are compared, `frames` their number.
    """

    field_file: Path
    footage_file: Path
    footage: Shot
    test: Shot | None = None
    device: str = "auto"
    longest: int = LONGEST
    frames: int = FRAMES


@dataclass(frozen=True)
class Material:
    """`parts` are bytes of the field file by the field's parts; `history` is None where the bake kept none, `exposing`
    where nothing tells how the footage was exposed."""

    order: Order
    header: FieldHeader
    size: int
    parts: dict[str, int]
    looks: Looks
    origin: Origin
    candidates: int
    """How many frames there were to compare with; `measured` are some of them, spread over shot time."""
    measured: tuple[Measured, ...]
    history: dict[str, list[float]] | None
    exposing: Exposing | None


def gather(order: Order, should_stop: Callable[[], bool], progress: Callable[[float], None]) -> Material:
    """Read the field, render it beside the truth and measure.

    Raises
    ------
    UserError
        If the field file or a picture cannot be read, or the footage is not what the field was baked from.
    Cancelled
        If `should_stop` says so.
    """
    header, cameras = read_header(order.field_file), read_cameras(order.field_file)
    baked, held = hold_out(order.footage, int(header.training.get("hold_out") or 0))
    _demand_same(order, baked, cameras)
    origin, frames = _to_compare(order, baked, held)
    field = open_field(order.field_file, order.device)
    chosen = spread(frames, order.frames)
    as_filmed = origin is not Origin.TEST
    measured = measure(field, chosen, order.longest, should_stop, progress, as_filmed=as_filmed)
    return Material(
        order=order,
        header=header,
        size=order.field_file.stat().st_size,
        parts=_parts(order.field_file),
        looks=find_looks(cameras, header.bounds, header.fps),
        origin=origin,
        candidates=len(frames),
        measured=tuple(measured),
        history=_history(header.training.get("history")),
        exposing=find_exposing(field, baked, should_stop),
    )


def _to_compare(order: Order, baked: Shot, held: tuple[Frame, ...]) -> tuple[Origin, tuple[Frame, ...]]:
    if order.test is not None:
        return Origin.TEST, order.test.frames
    return (Origin.HELD_OUT, held) if held else (Origin.BAKED, baked.frames)


def _demand_same(order: Order, baked: Shot, cameras: FootageCameras) -> None:
    """Figures of other footage would be wrong without anybody's noticing."""
    poses = np.array([frame.camera.matrix for frame in baked.frames]).reshape(-1, 4, 4)
    times = np.array([frame.shot_frame for frame in baked.frames])
    same = poses.shape == cameras.matrices.shape
    if not (same and np.allclose(poses, cameras.matrices, atol=1e-6) and np.allclose(times, cameras.shot_frames)):
        raise UserError(
            f"{order.footage_file} is not the footage that {order.field_file} was baked from: its frames, cameras or "
            "times differ.",
            "Give the footage of the bake; other footage of the same shot goes behind --test.",
        )


def _parts(path: Path) -> dict[str, int]:
    """Bytes of the field file by part of the field, the largest first."""
    with path.open("rb") as stream:
        entries = json.loads(stream.read(struct.unpack("<Q", stream.read(8))[0]))
    sizes: Counter[str] = Counter()
    for name, entry in entries.items():
        if name != "__metadata__":
            words = name.split(".")
            first, last = entry["data_offsets"]
            sizes[words[1] if words[0] == "field" else words[0]] += last - first
    return dict(sizes.most_common())


def _history(document: Any) -> dict[str, list[float]] | None:
    """Columns of floats, NaN where a figure is not known."""
    if not isinstance(document, dict) or not document.get("step"):
        return None
    return {name: [float("nan") if v is None else float(v) for v in values] for name, values in document.items()}
