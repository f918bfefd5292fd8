"""The Volume object that shows a field: a child of the field object, in the space of the capture."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix

from ...bake.contract.messages import VolumeRequest
from ...bake.contract.volume_file import THICKEST, VoxelGrid, voxel_grid
from ..paths import relative
from .volume_material import fill_material

_MARK = "spacetimepilot_volume"
"""On a Volume: that it is ours."""
_FINEST = 2 * THICKEST / 6.0e4
"""Edge of a voxel below which half floats do not hold how dense it is."""


def volume_object(thing: bpy.types.Object) -> bpy.types.Object | None:
    """The Volume object that shows a field; None if there is none."""
    return next((child for child in thing.children if _is_ours(child)), None)


def volume_of(shown: bpy.types.Object) -> bpy.types.Volume:
    """The data of a Volume object."""
    data = shown.data
    assert isinstance(data, bpy.types.Volume)
    return data


def volumes_of(scene: bpy.types.Scene) -> set[bpy.types.Volume]:
    """The data of all Volume objects of ours in a scene."""
    return {volume_of(thing) for thing in scene.objects if _is_ours(thing)}


def show_volume(
    thing: bpy.types.Object, sequence: Path, frames: Collection[int], request: VolumeRequest
) -> bpy.types.Object:
    """Put a sequence into the scene, into the Volume object that is there or a new one.

    Parameters
    ----------
    sequence : Path
        Its first file; files are numbered by scene frame.
    frames : collection of int
        Scene frames that there are.
    request : VolumeRequest
        One of its frames.
    """
    shown = volume_object(thing) or _add(thing)
    if volume_of(shown).users > 1:
        shown.data = volume_of(shown).copy()
    volume, first, last = volume_of(shown), min(frames), max(frames)
    use_sequence(volume, relative(sequence), first, last)
    grid = grid_of(thing, request)
    shown.matrix_parent_inverse = _from_box(thing, grid)
    volume.render.precision = "FULL" if grid.edge < _FINEST else "HALF"
    apply_to_camera(thing)
    return shown


def use_sequence(volume: bpy.types.Volume, path: str, first: int, last: int) -> None:
    """Let a Volume read the file of the scene frame; outside its frames it shows nothing."""
    volume.filepath = path
    volume.is_sequence, volume.sequence_mode = True, "CLIP"
    # File number = scene frame - frame_start + 1 + frame_offset.
    volume.frame_start, volume.frame_duration, volume.frame_offset = first, last - first + 1, first - 1


def apply_to_camera(thing: bpy.types.Object) -> None:
    """Let the camera see a field's volume or not, as the field's setting says."""
    shown = volume_object(thing)
    if shown is None:
        return
    seen = bool(thing.spacetimepilot.volume_to_camera)
    shown.visible_camera = seen
    # Viewports show the field itself.
    shown.display_type = "TEXTURED" if seen else "BOUNDS"
    fill_material(_material(shown), in_eevee=seen)


def grid_of(thing: bpy.types.Object, request: VolumeRequest) -> VoxelGrid:
    """The voxels of a field's volume.

    Raises
    ------
    ValueError
        If the crop box leaves nothing of the field's box.
    """
    settings = thing.spacetimepilot
    crop = None if request.crop is None else (np.array(request.crop[0]), np.array(request.crop[1]))
    return voxel_grid((np.array(settings.box_low), np.array(settings.box_high)), crop, request.voxels)


def _add(thing: bpy.types.Object) -> bpy.types.Object:
    volume = bpy.data.volumes.new(f"{thing.name} Volume")
    volume[_MARK] = True
    volume.velocity_unit = "FRAME"
    shown = bpy.data.objects.new(volume.name, volume)
    beside = [collection for collection in thing.users_collection if collection.library is None]
    for collection in beside or [bpy.context.scene.collection]:
        collection.objects.link(shown)
    shown.parent = thing
    shown.hide_select = False
    _follow_visibility(shown, thing)
    return shown


def _is_ours(thing: bpy.types.Object) -> bool:
    return isinstance(thing.data, bpy.types.Volume) and thing.data.get(_MARK) is not None


def _follow_visibility(shown: bpy.types.Object, thing: bpy.types.Object) -> None:
    """Hide it in renders where the field is hidden, animated or not."""
    curve = shown.driver_add("hide_render")
    assert isinstance(curve, bpy.types.FCurve) and curve.driver is not None
    driver = curve.driver
    driver.type = "SUM"
    variable = driver.variables.new()
    variable.targets[0].id, variable.targets[0].data_path = thing, "hide_render"


def _material(shown: bpy.types.Object) -> bpy.types.Material:
    """The material of a volume, one of its own."""
    slots = volume_of(shown).materials
    own = slots[0] if len(slots) else None
    if own is None:
        own = bpy.data.materials.new(shown.name)
        if len(slots):
            slots[0] = own
        else:
            slots.append(own)
    return own


def _from_box(thing: bpy.types.Object, grid: VoxelGrid) -> Matrix:
    """From capture space to the space of the field object, whose cube from -1 to 1 is its box."""
    settings = thing.spacetimepilot
    low, high = np.array(settings.box_low), np.array(settings.box_high)
    into = np.diag([*(2 / (high - low)), 1.0])
    into[:3, 3] = -(high + low) / (high - low)
    moved = np.eye(4)
    moved[:3, 3] = _correction() * grid.edge
    return Matrix((into @ moved).tolist())


def _correction() -> float:
    """Voxels along each axis by which Cycles has to be helped: before 5.0 it takes a value's place for a corner."""
    return -0.5 if bpy.app.version < (5, 0, 0) else 0.0
