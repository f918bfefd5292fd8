"""Frames that a bake shall not see, so that it can be judged by them."""

from __future__ import annotations

from dataclasses import replace

from ..contract.errors import UserError
from .shot import Frame, Shot
from .validation import FEWEST_FRAMES


def hold_out(shot: Shot, every: int) -> tuple[Shot, tuple[Frame, ...]]:
    """What is left of a shot without every Nth frame, and the frames taken out; 0 takes out none.

    Frames are counted camera by camera, each camera from another start: at an instant at which one camera's frame is
    held out, others still see it. First and last frames of a camera stay where that is possible.

    Raises
    ------
    UserError
        If nothing could be held out, or too little would be left.
    """
    if every == 0:
        return shot, ()
    kept: list[Frame] = []
    held: list[Frame] = []
    counted: dict[int, int] = {}
    for frame in shot.frames:
        number = counted[frame.stream] = counted.get(frame.stream, -1) + 1
        (held if (number + frame.stream) % every == every // 2 else kept).append(frame)
    if not held:
        raise UserError(
            f"The footage has {len(shot.frames)} frames, too few to hold out every {every}th.",
            "Choose a smaller number.",
        )
    if len(kept) < FEWEST_FRAMES or len({frame.shot_frame for frame in kept}) < 2:
        raise UserError(
            f"Holding out every {every}th frame leaves {len(kept)} of {len(shot.frames)} to bake; "
            f"at least {FEWEST_FRAMES} at 2 different times are needed.",
            "Choose a larger number, or hold out none.",
        )
    return replace(shot, frames=tuple(kept)), tuple(held)
