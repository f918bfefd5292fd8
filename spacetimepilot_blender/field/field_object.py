"""The field object: an Empty that shows a field's bounds and places the capture in the scene.

The Empty's cube is the box of the bounds. Its centre and size are kept in the delta transform, so that an object
without location, rotation and scale leaves the capture where it was filmed, and turning it turns it in place.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np

from ...bake.contract.adaptation import bounds_left
from ...bake.contract.compression import Compression
from ...bake.contract.errors import UserError
from ...bake.contract.field_file import FieldHeader, read_header
from ...bake.contract.shot_time import TimeMapping, TimeMode, shot_time
from ..paths import absolute, relative


def add_field(scene: bpy.types.Scene, path: Path, collection: bpy.types.Collection) -> bpy.types.Object:
    """Make a field object for a field file.

    Raises
    ------
    UserError
        If the file is not a sound field file.
    """
    header = read_header(path)
    thing = bpy.data.objects.new(header.shot or path.stem, None)
    thing.empty_display_type = "CUBE"
    collection.objects.link(thing)
    settings = thing.spacetimepilot
    settings.file = relative(path)
    settings.box_low, settings.box_high = header.bounds
    low, high = np.asarray(header.bounds)
    thing.delta_location, thing.delta_scale = (low + high) / 2, (high - low) / 2
    take_header(thing, header)
    settings.scene_start = scene.frame_start
    settings.speed = header.fps / scene_rate(scene)
    settings.shot_time = settings.freeze_at = settings.exposure_frame = header.first_frame
    settings.crop_min, settings.crop_max = header.bounds
    return thing


def take_header(thing: bpy.types.Object, header: FieldHeader) -> None:
    """Let a field object show what is in its file now; it stays where it is."""
    settings = thing.spacetimepilot
    settings.content_hash = header.content_hash
    settings.shot = header.shot
    settings.first_frame, settings.last_frame = header.first_frame, header.last_frame
    settings.fps = header.fps
    settings.opaque = header.opaque
    settings.psnr = float(header.training.get("psnr") or 0.0)
    found = Compression.from_training(header.training)
    settings.compression = "" if found is None else found.sentence
    settings.bounds_left = bounds_left(header.training)
    # What scripts set reaches neither evaluated copies nor viewports by itself.
    thing.update_tag()


def is_field(thing: bpy.types.Object | None) -> bool:
    """Whether an object is a field object."""
    return thing is not None and thing.type == "EMPTY" and bool(thing.spacetimepilot.file)


def fields_of(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """The scene's field objects, by name."""
    return sorted((thing for thing in scene.objects if is_field(thing)), key=lambda thing: thing.name)


def refresh_fields(scene: bpy.types.Scene) -> None:
    """Have the scene's fields evaluated with the settings they have now: what scripts have set, Blender overlooks."""
    for thing in fields_of(scene):
        thing.update_tag()


def fields_with_file(path: Path) -> list[bpy.types.Object]:
    """Field objects of this .blend, linked ones left out, that show a certain file."""
    return [thing for thing in bpy.data.objects if not thing.library and is_field(thing) and _same(thing, path)]


def field_file(thing: bpy.types.Object) -> Path:
    """The field file of a field object.

    Raises
    ------
    UserError
        If it is relative to a .blend that has not been saved.
    """
    linked = thing.override_library.reference if thing.override_library is not None else thing
    return absolute(thing.spacetimepilot.file, f"The field file of {thing.name}", linked.library)


def capture_to_scene(thing: bpy.types.Object) -> np.ndarray:
    """Capture space to scene space, (4, 4) float64, of an evaluated field object."""
    return np.array(thing.matrix_world, dtype=np.float64) @ capture_to_box(thing)


def capture_to_box(thing: bpy.types.Object) -> np.ndarray:
    """Capture space to the space of a field object, whose cube is the box of the bounds; (4, 4) float64."""
    low, high = np.array(thing.spacetimepilot.box_low), np.array(thing.spacetimepilot.box_high)
    box = np.eye(4)
    box[:3, :3] = np.diag((high - low) / 2)
    box[:3, 3] = (low + high) / 2
    return np.asarray(np.linalg.inv(box))


def scene_rate(scene: bpy.types.Scene) -> float:
    """Frames per second of a scene."""
    return scene.render.fps / scene.render.fps_base


def shot_time_of(thing: bpy.types.Object, scene_frame: float) -> float:
    """Shot frame that a field object shows at a scene frame (time stretching and subframe included).

    Parameters
    ----------
    thing : Object
        Evaluated, so that animated settings have their values.

    Raises
    ------
    UserError
        If the time settings make no sense.
    """
    return shot_times_of(thing)(scene_frame)


def shot_times_of(thing: bpy.types.Object) -> Callable[[float], float]:
    """`shot_time_of` for many scene frames, with the settings as they are now."""
    name, mapping = thing.name, time_mapping(thing)

    def shown_at(scene_frame: float) -> float:
        try:
            return shot_time(scene_frame, mapping)
        except ValueError as error:
            raise UserError(f"{name}: {error}.", "Check its time settings.") from error

    return shown_at


def time_mapping(thing: bpy.types.Object) -> TimeMapping:
    """The time settings of a field object as they are now; where they are animated, of an evaluated one."""
    settings = thing.spacetimepilot
    return TimeMapping(
        mode=TimeMode(settings.mode),
        first=settings.first_frame,
        last=settings.last_frame,
        scene_start=settings.scene_start,
        speed=settings.speed,
        freeze_at=settings.freeze_at,
        slow_from=settings.slow_from,
        slow_to=settings.slow_to,
        slow_factor=settings.slow_factor,
        ramp=settings.ramp,
        keyed=settings.shot_time,
    )


def _same(thing: bpy.types.Object, path: Path) -> bool:
    try:
        return field_file(thing) == path
    except UserError:
        return False
