"""Whether what a field gives to native light is there, and shows the instant that the field shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import bpy

from ...bake.contract.errors import UserError
from ...bake.contract.made_file import made_fault, receipt_in
from ..field.field_object import is_field, shot_time_of
from ..stand_ins import stand_in_files
from ..stand_ins.stand_in_kit import stand_in_fault
from ..stand_ins.switching import stand_ins_of
from . import catcher_files, surroundings_files
from .catcher_kit import catchers_of
from .made_files import STILL, MadeFiles, fault_at, read_note, shot_times


def light_folders(scene: bpy.types.Scene) -> Iterator[tuple[bpy.types.ID, bpy.types.Object, Path]]:
    """Surfaces, stand-ins and the world of a scene that come from a field, the field, and the folder of their files."""
    for surfaces in catchers_of(scene):
        settings = surfaces.spacetimepilot_catcher
        if is_field(settings.field) and not surfaces.hide_render:
            yield surfaces, settings.field, Path(bpy.path.abspath(settings.folder))
    for stand_in in stand_ins_of(scene.objects):
        own = stand_in.spacetimepilot_stand_in
        if is_field(own.field) and not stand_in.hide_render:
            yield stand_in, own.field, Path(bpy.path.abspath(own.folder))
    world = scene.world
    if world is not None and is_field(world.spacetimepilot.field):
        yield world, world.spacetimepilot.field, Path(bpy.path.abspath(world.spacetimepilot.folder))


def demand_light(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    """Refuse a frame whose native light is not that of the frame.

    Raises
    ------
    UserError
        With what is missing or stale.
    """
    for owner, thing, folder in light_folders(scene):
        evaluated = thing.evaluated_get(depsgraph)
        if evaluated.hide_render:
            continue
        shows = shot_time_of(evaluated, scene.frame_current_final)
        fault = fault_at(folder, thing, scene.frame_current, shows, *words_of(owner))
        if not fault and is_stand_in(owner):
            fault = stand_in_fault(scene, evaluated, scene.frame_current, stand_in_files.AGAIN)
        if fault:
            raise UserError(fault)


def light_faults(scene: bpy.types.Scene, layer: bpy.types.ViewLayer, frames: Iterable[int]) -> list[str]:
    """Sentences about what is missing or stale at scene frames; the scene stays at the frame it is at.

    Frames at which a field's time cannot be told are left to those who ask for its plates.
    """
    numbers, found = list(frames), []
    for owner, thing, folder in light_folders(scene):
        try:
            times = shot_times(scene, layer, thing, numbers)
        except UserError:
            continue
        for frame in numbers:
            fault = fault_at(folder, thing, frame, times.get(frame, times.get(STILL, 0.0)), *words_of(owner))
            if not fault and is_stand_in(owner):
                fault = stand_in_fault(scene, thing, frame, stand_in_files.AGAIN)
            if fault:
                found.append(f"Frame {frame}: {fault}")
                break
    return found


def damaged_light(scene: bpy.types.Scene, frames: Iterable[int]) -> list[str]:
    """Sentences about files of native light that are not whole, or show something else than the note beside them says.

    All of them are read, so that this is for what takes its time.
    """
    numbers, found = list(frames), []
    for owner, thing, folder in light_folders(scene):
        what, again = words_of(owner)
        try:
            made, field_hash = read_note(folder)
        except UserError:  # Said by `light_faults`.
            continue
        files = {made.file(frame): made.times.get(STILL if made.still else frame) for frame in numbers}
        # Instants of stand-ins are rounded, so that several instances share them.
        within = thing.spacetimepilot.stand_in_step / 2 if is_stand_in(owner) else 0.0
        for file, time in files.items():
            fault = _damage(file, time, field_hash, within) if file.is_file() else ""
            if fault:
                found.append(f"A file of the {what} of {thing.name} {fault}: {file}. Press {again} again.")
                break
    return found


def _damage(file: Path, time: float | None, field_hash: str, within: float) -> str:
    """What is wrong with a file that should show about a shot frame of a field, as the end of a sentence."""
    fault = made_fault(file)
    receipt = None if fault else receipt_in(file)
    if receipt is None:
        return fault
    shows = receipt.request.shot_frame
    if receipt.request.content_hash != field_hash or time is None or abs(shows - time) > within + 1e-9:
        return "shows something else than the note beside it says"
    return ""


def light_files(scene: bpy.types.Scene) -> list[tuple[str, MadeFiles]]:
    """What the scene's native light needs of files that come from fields, and the field's name.

    Raises
    ------
    UserError
        If a folder cannot be read.
    """
    return [(thing.name, read_note(folder)[0]) for _, thing, folder in light_folders(scene)]


def words_of(owner: bpy.types.ID) -> tuple[str, str]:
    """What the files of surfaces, a stand-in or a world are called, and the button that makes them."""
    if isinstance(owner, bpy.types.World):
        return "surroundings", surroundings_files.AGAIN
    if is_stand_in(owner):
        return "stand-in's meshes", stand_in_files.AGAIN
    return "surfaces", catcher_files.AGAIN


def is_stand_in(owner: bpy.types.ID) -> bool:
    """Whether what comes from a field stands in for it."""
    return isinstance(owner, bpy.types.Object) and bool(owner.spacetimepilot_stand_in.field)
