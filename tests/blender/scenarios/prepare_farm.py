"""Prepares a shot for a farm, after something was done to it, and tells whether the scene is as it was."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from render_frames import prepare


def main(
    folder: str, field: str, lines: list[list[str]], rendered: list[int], faults: list[str], changes: dict[str, Any]
) -> dict[str, Any]:
    """Exit codes of the command lines, pictures of `rendered` frames by the extension, the scene before and after."""
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.cli_command import run

    scene = prepare(folder, field, "CYCLES", {"render.frame_map_new": 200, **changes})
    _add_solid()
    thing = scene.objects["box"]
    for frame, hidden in ((1, False), (5, True), (6, False)):
        thing.hide_render = hidden
        thing.keyframe_insert("hide_render", frame=frame / 2)
    scene.frame_set(2)
    bpy.ops.wm.save_mainfile()
    for fault in faults:
        FAULTS[fault](scene, Path(folder))
    pictures = {}
    for frame in rendered:
        scene.frame_set(frame)
        scene.render.filepath = pictures[frame] = f"{folder}/addon_{frame:04d}.exr"
        bpy.ops.render.render(write_still=True)
    before = _state(scene)
    unchanged = _follow_in_window(scene, folder) if rendered else None
    codes = []
    for words in lines:
        print(f"--- {' '.join(words)}", flush=True)
        codes.append(int(run(words)))
    return {"codes": codes, "unchanged": unchanged, "pictures": pictures, "before": before, "after": _state(scene)}


def _follow_in_window(scene: bpy.types.Scene, folder: str) -> list[str]:
    """What the operator asks once its thread is done, of the scene as it was and of one that was changed meanwhile."""
    from bl_ext.user_default.spacetimepilot_blender.bake.contract.errors import UserError
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.farm.farm_job import FarmJob

    said = []
    solid = scene.objects["Cube"]
    before = solid.location.copy()
    # No plate of this is there yet.
    solid.location.x += 0.1
    job = FarmJob(scene, bpy.context.view_layer, [3], Path(folder) / "followed", 1)
    list(job.make_all())
    for moved in (0.0, 0.3):
        solid.location.x += moved
        try:
            job.demand_unchanged(scene, bpy.context.view_layer)
            said.append("")
        except UserError as error:
            said.append(str(error))
    solid.location = before
    return said


def _add_solid() -> None:
    """Native geometry that goes through the field's box."""
    field = bpy.context.object
    bpy.ops.mesh.primitive_cube_add(size=1.2, location=(0.7, -0.9, 0.4), rotation=(0.3, 0.2, 0.5))
    bpy.context.view_layer.objects.active = field


def _state(scene: bpy.types.Scene) -> dict[str, Any]:
    """All that preparing changes for a moment."""
    groups = [group for group in bpy.data.node_groups if group.spacetimepilot.image]
    nodes = [node for group in groups for node in group.nodes if node.bl_idname == "CompositorNodeImage"]
    names = ("frame_start", "frame_offset", "frame_duration", "use_auto_refresh", "use_cyclic")
    return {
        "images": [[image.name, image.source, image.filepath] for image in bpy.data.images],
        "nodes": [[getattr(node, name) for name in names] for node in nodes],
        "links": [len(group.links) for group in groups],
        "linked": [[group.spacetimepilot.image.name, group.spacetimepilot.field.name] for group in groups],
        "scene": [scene.frame_start, scene.frame_end, scene.frame_current, scene.render.filepath],
        "fields": [thing.spacetimepilot.file for thing in scene.objects],
        "file": bpy.data.filepath,
        "saved": hashlib.sha256(Path(bpy.data.filepath).read_bytes()).hexdigest(),
    }


def _lose_texture(*_: object) -> None:
    image = bpy.data.images.new("Wall", 4, 4)
    image.source, image.filepath, image.use_fake_user = "FILE", "//wall.png", True


def _fold_texture(_: bpy.types.Scene, folder: Path) -> None:
    """A folder in a file's place: what nobody can read, not even an administrator."""
    _lose_texture()
    (folder / "wall.png").mkdir()


def _name_absolutely(_: bpy.types.Scene, folder: Path) -> None:
    path = folder / "floor.png"
    image = bpy.data.images.new("Floor", 4, 4)
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    image.use_fake_user = True
    bpy.ops.wm.save_mainfile()


def _lose_camera(scene: bpy.types.Scene, _: Path) -> None:
    scene.camera = None


def _film(scene: bpy.types.Scene, _: Path) -> None:
    if bpy.app.version >= (5, 0, 0):
        scene.render.image_settings.media_type = "VIDEO"
    scene.render.image_settings.file_format = "FFMPEG"


def _bake_again(_: bpy.types.Scene, folder: Path) -> None:
    (folder / "box.stp").write_bytes((folder / "other.stp").read_bytes())


def _show_vectors(scene: bpy.types.Scene, _: Path) -> None:
    tree = scene.compositing_node_group if bpy.app.version >= (5, 0, 0) else scene.node_tree
    end = next(node for node in tree.nodes if node.bl_idname in ("NodeGroupOutput", "CompositorNodeComposite"))
    group = next(node for node in tree.nodes if node.bl_idname == "CompositorNodeGroup")
    tree.links.new(group.outputs["Field Vector"], end.inputs[0])
    bpy.ops.wm.save_mainfile()


FAULTS: dict[str, Callable[[bpy.types.Scene, Path], object]] = {
    "texture": _lose_texture,
    "unreadable": _fold_texture,
    "absolute": _name_absolutely,
    "camera": _lose_camera,
    "movie": _film,
    "baked again": _bake_again,
    "vectors": _show_vectors,
}
