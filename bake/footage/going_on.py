"""Is this footage one that goes on where a field ends? If so, the instants of it that are new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..contract.colour import Encoding
from ..contract.errors import UserError
from ..contract.field_file import FieldHeader
from .captured import ASSUMED_FPS
from .shot import Frame, Shot

Instant = tuple[Frame, ...]
"""What all cameras saw at one time."""
_GAP_SECONDS = 1.0
_RATES_DIFFER = 0.01


@dataclass(frozen=True)
class FieldEnd:
    """What footage must go on from: the field's header, how its colours are stored, and the last frame it knows."""

    header: FieldHeader
    encoding: Encoding

    @property
    def frame(self) -> float:
        """Shot frame."""
        return self.header.last_frame


def new_instants(shot: Shot, end: FieldEnd) -> list[Instant]:
    """The instants of a shot behind a field's end, in order; colours are stored as the field's are.

    What was baked already is left out.

    Raises
    ------
    UserError
        If none are new, the first one comes too late, or the footage is of another kind than the field's.
    """
    check_kind(shot, end)
    found = instants_after(shot.frames, end.frame, end.encoding)
    first, last = min(f.shot_frame for f in shot.frames), max(f.shot_frame for f in shot.frames)
    if not found:
        raise UserError(
            f"The footage {shot.name} brings nothing new: its frames are {first:g} to {last:g}, and the field ends at "
            f"frame {end.frame:g}.",
            f"If it goes on behind the field, say what its first frame is: --first-frame {end.frame + 1:g}",
        )
    check_gap(found[0], end)
    return found


def check_kind(shot: Shot, end: FieldEnd) -> None:
    """Raise a UserError if footage cannot be of the field's shot."""
    header = end.header
    if shot.has_alpha == header.opaque:
        has, wants = ("alpha", "opaque pictures") if shot.has_alpha else ("opaque pictures", "alpha around a subject")
        raise UserError(
            f"The footage {shot.name} has {has}, but the field was baked from footage with {wants}.",
            "Give footage of the same kind, or bake a field from this one.",
        )
    if shot.fps != ASSUMED_FPS and abs(shot.fps / header.fps - 1) > _RATES_DIFFER:
        raise UserError(
            f"The footage {shot.name} has {shot.fps:g} frames a second, the field {header.fps:g}.",
            "Frames of both must be equally long: convert the footage, or correct its fps.",
        )
    if not any(_sees(frame, header) for frame in shot.frames):
        raise UserError(
            f"No camera of the footage {shot.name} looks at what the field shows.",
            "Its cameras must stand in the same space as those of the bake: solve or calibrate both together.",
        )


def check_gap(first: Instant, end: FieldEnd) -> None:
    """Raise a UserError if the first new instant comes too late to go on from the field's last one."""
    gap = first[0].shot_frame - end.frame
    if gap > _GAP_SECONDS * end.header.fps + 1:
        raise UserError(
            f"The footage begins at frame {first[0].shot_frame:g}, but the field ends at frame {end.frame:g}: nobody "
            f"knows what happens in the {gap - 1:g} frames between.",
            f"Give the footage from frame {end.frame + 1:g} on, or say what its first frame is with --first-frame.",
        )


def instants_after(frames: Sequence[Frame], last: float, encoding: Encoding) -> list[Instant]:
    """Frames behind a shot frame, by instant, in order."""
    found: dict[float, list[Frame]] = defaultdict(list)
    for frame in frames:
        if frame.shot_frame > last + 1e-6:
            stored = replace(frame.picture.colour, encoding=encoding)
            found[frame.shot_frame].append(replace(frame, picture=replace(frame.picture, colour=stored)))
    return [tuple(found[when]) for when in sorted(found)]


def moved_to(shot: Shot, first_frame: float) -> Shot:
    """The same footage, counted so that it begins at a shot frame."""
    by = first_frame - min(frame.shot_frame for frame in shot.frames)
    frames = tuple(replace(frame, shot_frame=frame.shot_frame + by) for frame in shot.frames)
    return replace(shot, frames=frames, first_frame=shot.first_frame + by, last_frame=shot.last_frame + by)


def _sees(frame: Frame, header: FieldHeader) -> bool:
    """Whether some of the field's bounds is in the picture."""
    low, high = np.array(header.bounds)
    share = np.stack(np.meshgrid(*[np.linspace(0, 1, 5)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    place, depth = frame.camera.project(low + share * (high - low))
    size = frame.camera.width, frame.camera.height
    return bool(((depth > 0) & (place >= 0).all(axis=1) & (place <= size).all(axis=1)).any())
