"""What would go wrong on a farm, said before anything is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bpy

from ...bake.contract.errors import UserError
from ...bake.contract.field_file import read_header
from ...bake.contract.plate import is_whole
from ..field.field_object import field_file
from ..light.checking import damaged_light, light_faults
from ..plates.compositing import compositing_tree, group_nodes, linked_fields
from ..volumes.volume_object import volumes_of
from .external_files import external_files
from .shot_plates import ShotPlates


@dataclass(frozen=True)
class Trouble:
    """A sentence about what breaks the shot on a farm, or, if `breaks` is not set, might."""

    sentence: str
    breaks: bool = True


def preflight(scene: bpy.types.Scene, layer: bpy.types.ViewLayer, plates: ShotPlates, folder: Path) -> list[Trouble]:
    """All that is wrong, or may be."""
    return [
        *(Trouble(sentence) for sentence in plates.faults),
        *_about_blend(scene, folder),
        *_about_compositing(scene),
        *_about_fields(scene, plates),
        *(Trouble(sentence) for sentence in light_faults(scene, layer, plates.frames)),
        *(Trouble(sentence) for sentence in damaged_light(scene, plates.frames)),
        *_about_files(),
    ]


def our_blocks() -> set[bpy.types.ID]:
    """Images that show plates and surroundings, and what Volume objects read fields through."""
    owners = (*bpy.data.node_groups, *bpy.data.worlds)
    images = {owner.spacetimepilot.image for owner in owners if owner.spacetimepilot.image is not None}
    return images.union(*(volumes_of(scene) for scene in bpy.data.scenes))


def _about_blend(scene: bpy.types.Scene, folder: Path) -> Iterator[Trouble]:
    if bpy.data.is_dirty:
        yield Trouble("The .blend has changes that are not saved: the farm's copy has them, the file has not.", False)
    if scene.render.is_movie_format:
        yield Trouble(
            f"The output of {scene.name} is a movie, which machines cannot share. Choose pictures, such as OpenEXR."
        )
    if folder == Path(bpy.data.filepath).parent:
        yield Trouble(f"{folder} is the folder of the .blend itself. Choose another one.")
    elif folder.exists() and not folder.is_dir():
        yield Trouble(f"{folder} is a file, not a folder. Choose another one.")


def _about_compositing(scene: bpy.types.Scene) -> Iterator[Trouble]:
    tree = compositing_tree(scene)
    linked = [block.name for block in (tree, *(node.node_tree for node in group_nodes(scene))) if block.library]
    for name in dict.fromkeys(linked):
        yield Trouble(
            f"The compositing {name} is linked from another .blend. Make it local, so that it can be changed."
        )


def _about_fields(scene: bpy.types.Scene, plates: ShotPlates) -> Iterator[Trouble]:
    for thing in linked_fields(scene):
        try:
            header = read_header(field_file(thing))
        except UserError as error:
            wanted = [row[thing.name] for row in plates.requests.values() if thing.name in row]
            if all(is_whole(Path(request.path)) for request in wanted):
                yield Trouble(f"{error} The plates are there, but can neither be verified nor made again.", False)
            else:
                yield Trouble(f"{thing.name}: {error}")
            continue
        if header.content_hash != thing.spacetimepilot.content_hash:
            yield Trouble(
                f"{thing.name} was baked again since it was put into this scene. Reload it, look at it, and try again."
            )


def _about_files() -> Iterator[Trouble]:
    for file in external_files(our_blocks()):
        if file.fault:
            yield Trouble(f"The file of the {file.owner} {file.fault}: {file.path}.")
        elif file.absolute:
            yield Trouble(
                f"The {file.owner} is named by an absolute path, which the farm has to see as well: {file.written}.",
                False,
            )
