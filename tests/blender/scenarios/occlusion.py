"""A native sphere half inside a field's sphere, rendered alone and composited."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from render_frames import prepare, use


def main(folder: str, field: str, engine: str, film_transparent: bool) -> dict[str, Any]:
    """Paths of the two pictures and of the plate."""
    scene = prepare(folder, field, engine, {})
    use(scene, engine)
    render = scene.render
    render.resolution_x, render.resolution_y = 160, 120
    render.film_transparent = film_transparent
    bpy.context.object.location = (0.3, 0.4, -0.6)
    _add_sphere(scene)
    scene.cycles.samples = 64
    scene.cycles.use_denoising = False
    if engine == "EEVEE":
        scene.eevee.taa_render_samples = 16
    scene.frame_set(5)
    written = {}
    for name, composited in (("both", True), ("native", False)):
        render.use_compositing = composited
        render.filepath = written[name] = f"{folder}/{name}.exr"
        bpy.ops.render.render(write_still=True)
    plates = sorted(Path(folder, "spacetimepilot_plates").glob("*.exr"))
    assert len(plates) == 1
    return {**written, "plate": str(plates[0])}


def _add_sphere(scene: bpy.types.Scene) -> None:
    """Of one colour whatever the light, so that the truth needs no light either."""
    bpy.ops.mesh.primitive_uv_sphere_add(radius=0.8, segments=192, ring_count=96, location=(0.9, -0.1, 0.3))
    surface = bpy.data.materials.new("Plain")
    surface.use_nodes = True
    tree = surface.node_tree
    tree.nodes.clear()
    light, out = tree.nodes.new("ShaderNodeEmission"), tree.nodes.new("ShaderNodeOutputMaterial")
    light.inputs["Color"].default_value = (0.1, 0.3, 0.9, 1)
    tree.links.new(light.outputs[0], out.inputs["Surface"])
    bpy.context.object.data.materials.append(surface)
    world = bpy.data.worlds.new("World")
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.05, 0.05, 0.05, 1)
    scene.world = world
