"""A native wall through a soft ball: once a field, merged exactly, and once a volume that Cycles traces."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from render_frames import plane, prepare


def main(folder: str, field: str, density: float, radius: float, colour: list[float], samples: int) -> dict[str, Any]:
    """Paths of the two pictures.

    Parameters
    ----------
    density, radius : float
        Of the ball, in its middle, and standard deviation.
    colour : three floats
        Scene-linear.
    """
    scene = prepare(folder, field, "CYCLES", {})
    scene.render.resolution_x, scene.render.resolution_y = 96, 72
    scene.cycles.use_denoising = False
    thing = bpy.context.object
    plane("Wall", 40.0, (0, 0, 0), (1.0, 0.3, 0.0), (0.1, 0.3, 0.9))
    thing.spacetimepilot.merge = "exact"
    scene.frame_set(5)
    written = {"exact": f"{folder}/exact.exr", "volume": f"{folder}/volume.exr"}
    scene.cycles.samples, scene.render.filepath = 64, written["exact"]
    bpy.ops.render.render(write_still=True)
    _add_ball(density, radius, colour)
    scene.render.use_compositing = False
    scene.cycles.volume_step_rate, scene.cycles.volume_max_steps = 0.1, 4096
    scene.cycles.samples, scene.render.filepath = samples, written["volume"]
    bpy.ops.render.render(write_still=True)
    return {"pictures": written}


def _add_ball(density: float, radius: float, colour: list[float]) -> None:
    """Light of `colour` comes from where light is stopped: black absorption and emission of one density."""
    bpy.ops.mesh.primitive_cube_add(size=2.8)
    surface = bpy.data.materials.new("Ball")
    surface.use_nodes = True
    tree = surface.node_tree
    tree.nodes.clear()
    new, link = tree.nodes.new, tree.links.new
    place, square = new("ShaderNodeNewGeometry"), new("ShaderNodeVectorMath")
    square.operation = "DOT_PRODUCT"
    link(place.outputs["Position"], square.inputs[0])
    link(place.outputs["Position"], square.inputs[1])
    value = square.outputs["Value"]
    for operation, number in (("MULTIPLY", -0.5 / radius**2), ("EXPONENT", None), ("MULTIPLY", density)):
        step = new("ShaderNodeMath")
        step.operation = operation
        link(value, step.inputs[0])
        if number is not None:
            step.inputs[1].default_value = number
        value = step.outputs[0]
    light, dark = new("ShaderNodeEmission"), new("ShaderNodeVolumeAbsorption")
    both, out = new("ShaderNodeAddShader"), new("ShaderNodeOutputMaterial")
    light.inputs["Color"].default_value = (*colour, 1)
    dark.inputs["Color"].default_value = (0, 0, 0, 1)
    link(value, light.inputs["Strength"])
    link(value, dark.inputs["Density"])
    link(light.outputs[0], both.inputs[0])
    link(dark.outputs[0], both.inputs[1])
    link(both.outputs[0], out.inputs["Volume"])
    bpy.context.object.data.materials.append(surface)
