"""Marks in the timeline which frames are there already: a thin line along its foot, as Blender marks its own caches."""

from __future__ import annotations

from collections.abc import Iterable

import bpy
import gpu
from gpu_extras.batch import batch_for_shader

from ...bake.contract.errors import UserError
from .choosing import Wish
from .looking import frame_range, shot_times_ahead
from .previews import Previews

_HEIGHT = 4
_COLOUR = (0.35, 0.62, 0.88, 0.9)
_MOST = 4000
"""Frames that are looked at; in longer ranges the marks would be finer than pixels."""


def cached_frames(scene: bpy.types.Scene, wish: Wish, previews: Previews) -> list[int]:
    """Frames of the scene whose surfels are there for a field."""
    thing: bpy.types.Object | None = scene.objects.get(wish.field)
    first, last = frame_range(scene)
    if thing is None or last - first > _MOST:
        return []
    there = {round(instant, 2) for instant in previews.instants(wish.surfels)}
    try:
        shown_at = shot_times_ahead(thing)
        return [frame for frame in range(first, last + 1) if round(shown_at(frame), 2) in there]
    except UserError:
        return []


def draw_marks(frames: Iterable[int], region: bpy.types.Region) -> None:
    """Draw marks at frames into the timeline that is being drawn."""
    corners: list[tuple[float, float]] = []
    for first, last in _runs(sorted(frames)):
        left = region.view2d.view_to_region(first - 0.5, 0, clip=False)[0]
        right = region.view2d.view_to_region(last + 0.5, 0, clip=False)[0]
        corners += [(left, 0), (right, 0), (right, _HEIGHT), (left, 0), (right, _HEIGHT), (left, _HEIGHT)]
    if not corners:
        return
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    batch = batch_for_shader(shader, "TRIS", {"pos": corners})
    gpu.state.blend_set("ALPHA")
    shader.bind()
    shader.uniform_float("color", _COLOUR)
    batch.draw(shader)
    gpu.state.blend_set("NONE")


def _runs(frames: list[int]) -> list[tuple[int, int]]:
    """Sorted frames as runs without gaps, first and last of each."""
    found: list[tuple[int, int]] = []
    for frame in frames:
        if found and frame == found[-1][1] + 1:
            found[-1] = (found[-1][0], frame)
        else:
            found.append((frame, frame))
    return found
