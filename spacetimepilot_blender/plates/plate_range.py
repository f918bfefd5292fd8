"""The plates of many frames at once."""

from __future__ import annotations

from collections.abc import Iterable

import bpy

from ...bake.contract.errors import UserError
from .frame_plates import each_once, frame_plates
from .plate_work import PlateWork
from .plates import ensure_plate


class PlateRange(PlateWork):
    """Plates that a stretch of the timeline needs: collected in the main thread, made in any.

    Parameters
    ----------
    frames : iterable of int
        Scene frames. The scene stays at the frame it is at.

    Raises
    ------
    UserError
        If the camera or a field's settings cannot be used at one of the frames.
    """

    def __init__(self, scene: bpy.types.Scene, layer: bpy.types.ViewLayer, frames: Iterable[int]) -> None:
        found = frame_plates(scene, layer, frames)
        for error in found.faults.values():
            raise error
        super().__init__(each_once(found.requests), ensure_plate)


def frames_of(scene: bpy.types.Scene, first: int, last: int) -> range:
    """Scene frames from the first to the last, as they are rendered; -1 stands for the scene's own.

    Raises
    ------
    UserError
        If there are none.
    """
    first = scene.frame_start if first < 0 else first
    last = scene.frame_end if last < 0 else last
    if last < first:
        raise UserError(f"The last frame, {last}, lies before the first, {first}.")
    return range(first, last + 1, scene.frame_step)
