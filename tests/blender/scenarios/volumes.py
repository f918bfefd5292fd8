"""A field as a volume: seen by the camera, in a mirror, by its shadow; and what happens to its files."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import bpy
from mathutils import Vector

sys.path.insert(0, str(Path(__file__).parent))
from render_frames import prepare, use

FRAME = 5
MIRROR, FLOOR, SUN = 2.0, -1.6, (0.5, 0.3, -1.0)


def main(folder: str, field: str, engine: str, voxels: int, samples: int) -> dict[str, Any]:
    """Pictures by name, and what was on disk and in the scene after each step."""
    scene = prepare(folder, field, "CYCLES", {})
    use(scene, engine)
    scene.render.use_compositing = False
    scene.render.resolution_x, scene.render.resolution_y = 96, 72
    scene.cycles.samples, scene.cycles.use_denoising, scene.cycles.pixel_filter_type = samples, False, "BOX"
    scene.cycles.filter_width = 1.0
    scene.eevee.taa_render_samples = 32
    thing = bpy.context.object
    settings = thing.spacetimepilot
    settings.volume_voxels = voxels
    scene.frame_set(FRAME)
    bpy.ops.spacetimepilot.make_volumes(start=FRAME, end=FRAME)
    written: dict[str, str] = {}

    def shoot(name: str) -> None:
        scene.render.filepath = written[name] = f"{folder}/{name}.exr"
        bpy.ops.render.render(write_still=True)

    shoot("hidden")
    settings.volume_to_camera = True
    shoot("seen")
    found: dict[str, Any] = {"pictures": written}
    if engine == "EEVEE":
        return found
    settings.volume_to_camera = False
    mirror = _mirror()
    shoot("mirror")
    bpy.data.objects.remove(mirror)
    _look_down(scene)
    sun = _floor_and_sun(scene)
    shoot("lit")
    sun.hide_render = True
    shoot("unlit")
    bpy.context.view_layer.objects.active = thing
    found["files"] = _files(folder, thing)
    return found


def _files(folder: str, thing: bpy.types.Object) -> dict[str, Any]:
    """What is on disk and in the scene, as things are made again, changed, cut short and exchanged."""
    settings, told = thing.spacetimepilot, {}
    shown = next(child for child in thing.children if child.type == "VOLUME")

    def make(name: str) -> None:
        bpy.ops.spacetimepilot.make_volumes(start=FRAME, end=FRAME)
        files = sorted(Path(folder, "spacetimepilot_volumes").glob("*.vdb"))
        told[name] = {
            "files": {path.name: path.stat().st_mtime_ns for path in files},
            "shown": shown.data.filepath,
            "grids": sorted(grid.name for grid in shown.data.grids) if shown.data.grids.load() else [],
        }

    files = sorted(Path(folder, "spacetimepilot_volumes").glob("*.vdb"))
    told["first"] = {"files": {path.name: path.stat().st_mtime_ns for path in files}}
    make("again")
    first = next(iter(told["again"]["files"]))
    path = Path(folder, "spacetimepilot_volumes", first)
    os.truncate(path, 3000)
    make("cut")
    settings.exposure = 1.0
    make("brighter")
    other = next(name for name in told["brighter"]["files"] if name != first)
    path.unlink()
    path.with_name(other).rename(path)
    settings.exposure = 0.0
    make("foreign")
    return told


def _mirror() -> bpy.types.Object:
    bpy.ops.mesh.primitive_plane_add(size=40, location=(0, MIRROR, 0), rotation=(1.5707963, 0, 0))
    surface = bpy.data.materials.new("Mirror")
    surface.use_nodes = True
    tree = surface.node_tree
    tree.nodes.clear()
    gloss, out = tree.nodes.new("ShaderNodeBsdfGlossy"), tree.nodes.new("ShaderNodeOutputMaterial")
    gloss.inputs["Color"].default_value, gloss.inputs["Roughness"].default_value = (1, 1, 1, 1), 0
    tree.links.new(gloss.outputs[0], out.inputs["Surface"])
    bpy.context.object.data.materials.append(surface)
    return bpy.context.object


def _look_down(scene: bpy.types.Scene) -> None:
    """A camera that shows 4 units of the floor from straight above."""
    camera = bpy.data.objects.new("Above", bpy.data.cameras.new("Above"))
    scene.collection.objects.link(camera)
    camera.location = (0, 0, 8)
    camera.data.type, camera.data.ortho_scale = "ORTHO", 4.0
    scene.camera = camera


def _floor_and_sun(scene: bpy.types.Scene) -> bpy.types.Object:
    bpy.ops.mesh.primitive_plane_add(size=40, location=(0, 0, FLOOR))
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.data.energy, sun.data.angle = 3.0, 0.0
    sun.rotation_euler = Vector(SUN).to_track_quat("-Z", "Y").to_euler()
    scene.collection.objects.link(sun)
    return sun
