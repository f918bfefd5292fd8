"""A world that lights native objects by a field's surroundings.

It is a copy of the scene's world with the surroundings laid over: where the field knows nothing the world is as it
was. Cameras go on seeing the former world alone, because the field itself is composited.
"""

from __future__ import annotations

import math

import bpy

from ..colour_spaces import tell_plate_space
from ..paths import relative
from .made_files import MadeFiles

_NODE = "SpaceTimePilot Surroundings"


def light_scene(scene: bpy.types.Scene, thing: bpy.types.Object, made: MadeFiles) -> bpy.types.World:
    """Let a scene be lit by pictures of a field's surroundings; the world that it had stays in the .blend."""
    world = scene.world
    if world is None or world.spacetimepilot.field is None:
        world = _laid_over(world, f"Surroundings {thing.name}")
        if scene.world is not None:
            scene.world.use_fake_user = True
        scene.world = world
    settings = world.spacetimepilot
    former, settings.field, settings.folder = settings.image, thing, relative(made.folder)
    settings.image = _show(world.node_tree.nodes[_NODE], made)
    if former is not None and not former.users:
        bpy.data.images.remove(former)
    return world


def _show(node: bpy.types.Node, made: MadeFiles) -> bpy.types.Image:
    numbers = sorted(made.times)
    image = bpy.data.images.load(str(made.file(numbers[0])))
    image.name, image.filepath = f"Surroundings {made.folder.name}", relative(made.file(numbers[0]))
    tell_plate_space(image)
    # Premultiplied colour is what is added; Blender must not divide it.
    image.alpha_mode = "CHANNEL_PACKED"
    node.image = image
    if not made.still:
        image.source = "SEQUENCE"
        # File number = scene frame - frame_start + 1 + frame_offset.
        user, first = node.image_user, numbers[0]
        user.frame_start, user.frame_offset, user.frame_duration = first, first - 1, numbers[-1] - first + 1
        user.use_auto_refresh, user.use_cyclic = True, False
    return image


def _laid_over(world: bpy.types.World | None, name: str) -> bpy.types.World:
    """A copy of a world with room for surroundings: `former * (1 - alpha) + surroundings`, for all but cameras."""
    world = world.copy() if world is not None else bpy.data.worlds.new(name)
    world.name = name
    world.use_fake_user = False
    if not world.use_nodes:
        world.use_nodes = True
    nodes, link = world.node_tree.nodes, world.node_tree.links.new
    leave = next((node for node in nodes if node.bl_idname == "ShaderNodeOutputWorld" and node.is_active_output), None)
    leave = leave or nodes.new("ShaderNodeOutputWorld")
    former = leave.inputs["Surface"].links[0].from_socket if leave.inputs["Surface"].links else None
    path, others, hides = (nodes.new(f"ShaderNode{kind}") for kind in ("LightPath", "Math", "Math"))
    light, nothing = nodes.new("ShaderNodeBackground"), nodes.new("ShaderNodeBackground")
    under, both = nodes.new("ShaderNodeMixShader"), nodes.new("ShaderNodeAddShader")
    picture, mapping = _picture(world.node_tree)
    others.operation, others.label = "SUBTRACT", "Not a Camera"
    others.inputs[0].default_value = 1
    hides.operation, hides.label = "MULTIPLY", "Hides the World"
    nothing.inputs["Strength"].default_value = 0
    link(path.outputs["Is Camera Ray"], others.inputs[1])
    link(picture.outputs["Alpha"], hides.inputs[0])
    link(others.outputs[0], hides.inputs[1])
    link(picture.outputs["Color"], light.inputs["Color"])
    link(others.outputs[0], light.inputs["Strength"])
    link(hides.outputs[0], under.inputs[0])
    if former is not None:
        link(former, under.inputs[1])
    link(nothing.outputs[0], under.inputs[2])
    link(under.outputs[0], both.inputs[0])
    link(light.outputs[0], both.inputs[1])
    link(both.outputs[0], leave.inputs["Surface"])
    _lay_out(leave, (*mapping, (picture, path), (hides, others), (nothing, light), (under,), (both,)))
    return world


def _picture(tree: bpy.types.NodeTree) -> tuple[bpy.types.Node, list[tuple[bpy.types.Node, ...]]]:
    """A node that shows a lat-long picture, and the columns of those that say where: `u = 1/2 - turn / (2 pi)`.

    Environment Texture does the same, but does not tell the picture's alpha.
    """
    kinds = ("ShaderNodeTexCoord", "ShaderNodeSeparateXYZ", "ShaderNodeMath", "ShaderNodeMath")
    towards, split, turn, up = (tree.nodes.new(kind) for kind in kinds)
    kinds = ("ShaderNodeMath", "ShaderNodeMath", "ShaderNodeCombineXYZ", "ShaderNodeTexImage")
    across, upwards, place, picture = (tree.nodes.new(kind) for kind in kinds)
    turn.operation, up.operation = "ARCTAN2", "ARCSINE"
    link = tree.links.new
    link(towards.outputs["Generated"], split.inputs[0])
    link(split.outputs["Y"], turn.inputs[0])
    link(split.outputs["X"], turn.inputs[1])
    link(split.outputs["Z"], up.inputs[0])
    for node, angle, share in ((across, turn, -0.5 / math.pi), (upwards, up, 1 / math.pi)):
        node.operation = "MULTIPLY_ADD"
        node.inputs[1].default_value, node.inputs[2].default_value = share, 0.5
        link(angle.outputs[0], node.inputs[0])
    link(across.outputs[0], place.inputs[0])
    link(upwards.outputs[0], place.inputs[1])
    link(place.outputs[0], picture.inputs["Vector"])
    picture.name = picture.label = _NODE
    return picture, [(towards,), (split,), (turn, up), (across, upwards), (place,)]


def _lay_out(leave: bpy.types.Node, columns: tuple[tuple[bpy.types.Node, ...], ...]) -> None:
    for x, column in enumerate(columns):
        for y, node in enumerate(column):
            node.location = (leave.location.x + 260 * x, leave.location.y - 300 - 260 * y)
    leave.location.x += 260 * len(columns)
