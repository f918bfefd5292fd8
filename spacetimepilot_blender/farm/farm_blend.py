"""The copy of the .blend that renders in Blender without the extension.

The scene is changed, written as a copy and changed back, in one go and whatever happens: Blender can write a copy only
of what it has in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import bpy

from ...bake.contract.farm_folder import FRAMES, LIGHT, Manifest
from ...bake.contract.files import written_aside
from ..field.field_object import fields_of
from ..light.catcher_look import path_pattern, path_socket
from ..light.checking import is_stand_in, light_folders
from ..light.made_files import read_note
from ..paths import relative
from ..plates.compositing import group_nodes, linked_fields
from ..volumes.volume_object import volume_object, volume_of
from .placed_plates import EMPTY, sequence_file
from .shot_volumes import volume_sequence_file


class _Change(Protocol):
    def __call__(self, owner: Any, **values: Any) -> None: ...


def write_farm_blend(scene: bpy.types.Scene, folder: Path, manifest: Manifest) -> None:
    """Write the copy into a farm's folder, next to its plates.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    images = [node.node_tree.spacetimepilot.image for node in group_nodes(scene)]
    try:
        with changes_taken_back() as change, written_aside(folder / manifest.blend) as aside:
            _prepare(scene, folder, manifest, change)
            bpy.ops.wm.save_as_mainfile(filepath=str(aside), copy=True, check_existing=False, relative_remap=True)
    finally:
        for image in images:
            image.reload()


@contextmanager
def changes_taken_back() -> Iterator[_Change]:
    """Yield a function that sets properties of an owner; what they were is set again at the end, last things first."""
    with ExitStack() as stack:

        def change(owner: Any, **values: Any) -> None:
            stack.callback(_set_back, owner, {name: getattr(owner, name) for name in values})
            _set(owner, values)

        yield change


def _set_back(owner: Any, values: dict[str, Any]) -> None:
    # Twice, because properties such as a range's ends limit each other.
    _set(owner, values)
    _set(owner, values)


def _set(owner: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(owner, name, value)


def _prepare(scene: bpy.types.Scene, folder: Path, manifest: Manifest, change: _Change) -> None:
    first, last = min(manifest.frames), max(manifest.frames)
    change(scene, frame_start=first, frame_end=last)
    change(scene.render, filepath=f"//{FRAMES}/{Path(manifest.blend).stem}_####")
    shown = linked_fields(scene)
    for node in group_nodes(scene):
        group = node.node_tree
        link = group.spacetimepilot
        if link.field in shown and link.field.name in manifest.fields:
            _use_sequence(group, folder / sequence_file(link.field.name, first), first, last, change)
        else:
            change(node, mute=True)
            change(link.image, source="FILE", filepath=relative(folder / EMPTY))
        # Where the extension is at hand all the same, it has nothing to do with this scene.
        change(link, image=None)
    _use_light(scene, folder, change)
    for thing in shown:
        if thing.library is None:
            file = manifest.fields[thing.name].file
            change(thing.spacetimepilot, file=f"//{file}" if file else thing.spacetimepilot.file)
    placed = {volume.field for volume in manifest.volumes}
    for thing in fields_of(scene):
        traced = volume_object(thing)
        if traced is not None and thing.name in placed:
            path = relative(folder / volume_sequence_file(thing.name, first))
            numbers = {"frame_start": first, "frame_duration": last - first + 1, "frame_offset": first - 1}
            change(volume_of(traced), filepath=path, **numbers)


def _use_light(scene: bpy.types.Scene, folder: Path, change: _Change) -> None:
    """Let captured surfaces, stand-ins and surroundings be read from the folder, and no longer be known as ours."""
    for owner, _, path in list(light_folders(scene)):
        made = read_note(path)[0]
        if isinstance(owner, bpy.types.World):
            first = made.file(min(frame for frame in made.times if made.still or frame >= scene.frame_start))
            change(owner.spacetimepilot.image, filepath=relative(folder / LIGHT / made.folder.name / first.name))
            change(owner.spacetimepilot, field=None)
            continue
        change(path_socket(owner.modifiers[0].node_group), default_value=path_pattern(made, f"//{LIGHT}/{path.name}"))
        if is_stand_in(owner):
            change(owner.spacetimepilot_stand_in, field=None)
            continue
        for thing in scene.objects:
            if thing.spacetimepilot_catcher.field == owner.spacetimepilot_catcher.field and thing != owner:
                change(thing.spacetimepilot_catcher, field=None)
        change(owner.spacetimepilot_catcher, field=None)


def _use_sequence(group: bpy.types.NodeTree, file: Path, first: int, last: int, change: _Change) -> None:
    """Let the group's Image node read the file of the scene frame."""
    image = group.spacetimepilot.image
    change(image, source="SEQUENCE", filepath=relative(file))
    for node in group.nodes:
        if node.bl_idname == "CompositorNodeImage" and node.image == image:
            # File number = scene frame - frame_start + 1 + frame_offset.
            change(node, frame_start=first, frame_offset=first - 1, frame_duration=last - first + 1)
            change(node, use_auto_refresh=True, use_cyclic=False)
