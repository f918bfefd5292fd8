"""What captured surfaces are made of: geometry nodes that read the mesh of the frame, and a material.

Both work in Blender without the extension. Light falls on the surfaces as on matter of the captured colour; mirrors
see the captured colour itself, as it was filmed.
"""

from __future__ import annotations

from pathlib import Path

import bpy

from ..paths import relative
from .made_files import MadeFiles

_DARKEST = 0.02
"""How much light even black matter gives back: where none comes back there is no shadow to measure."""


def surface_nodes(name: str, made: MadeFiles, material: bpy.types.Material, stretch: float) -> bpy.types.NodeTree:
    """Geometry nodes that give the mesh of the scene's frame.

    Parameters
    ----------
    stretch : float
        Stretched scene frames, as geometry nodes count them, per frame of the timeline.
    """
    group = bpy.data.node_groups.new(name, "GeometryNodeTree")
    group.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    nodes, link = group.nodes, group.links.new
    mesh, coat = nodes.new("GeometryNodeImportPLY"), nodes.new("GeometryNodeSetMaterial")
    leave = nodes.new("NodeGroupOutput")
    coat.inputs["Material"].default_value = material
    link(mesh.outputs[0], coat.inputs["Geometry"])
    link(coat.outputs[0], leave.inputs[0])
    if made.still:
        mesh.inputs["Path"].default_value = path_pattern(made)
    else:
        link(path_of_frame(group, made, stretch), mesh.inputs["Path"])
    for column, node in enumerate((mesh, coat, leave)):
        node.location = (220 * (column + 1), 0)
    return group


def path_socket(group: bpy.types.NodeTree) -> bpy.types.NodeSocket:
    """Where such nodes keep the path or its pattern."""
    kinds = {node.bl_idname: node for node in group.nodes}
    node = kinds.get("FunctionNodeFormatString") or kinds["GeometryNodeImportPLY"]
    return node.inputs[0]


def path_pattern(made: MadeFiles, folder: str = "") -> str:
    """The files as geometry nodes name them, below `folder` or where they are."""
    name = f"{made.stem}{made.suffix}" if made.still else f"{made.stem}_{{:04}}{made.suffix}"
    return f"{folder or _plain(relative(made.folder))}/{name}"


def _plain(path: str) -> str:
    """A path that Format String leaves as it is."""
    return Path(path).as_posix() if not path.startswith("//") else "//" + Path(path[2:]).as_posix()


def surface_material(name: str) -> bpy.types.Material:
    """Matter of the mesh's colours; in mirrors those colours as they are."""
    material = bpy.data.materials.new(name)
    if not material.use_nodes:
        material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    kinds = ("ShaderNodeVertexColor", "ShaderNodeLightPath", "ShaderNodeMix", "ShaderNodeBsdfDiffuse")
    colour, path, lifted, matter = (tree.nodes.new(kind) for kind in kinds)
    light, mixed, leave = (
        tree.nodes.new(kind) for kind in ("ShaderNodeEmission", "ShaderNodeMixShader", "ShaderNodeOutputMaterial")
    )
    colour.layer_name = "Col"
    lifted.data_type, lifted.blend_type = "RGBA", "LIGHTEN"
    lifted.inputs[0].default_value = 1
    lifted.inputs[7].default_value = (_DARKEST, _DARKEST, _DARKEST, 1)
    link = tree.links.new
    link(colour.outputs["Color"], lifted.inputs[6])
    link(lifted.outputs[2], matter.inputs["Color"])
    link(colour.outputs["Color"], light.inputs["Color"])
    link(path.outputs["Is Glossy Ray"], mixed.inputs[0])
    link(matter.outputs[0], mixed.inputs[1])
    link(light.outputs[0], mixed.inputs[2])
    link(mixed.outputs[0], leave.inputs["Surface"])
    # Mirrors find it; as a lamp a mesh like this is only noise.
    material.cycles.emission_sampling = "NONE"
    for column, row in enumerate(((path, colour), (lifted,), (matter, light), (mixed,), (leave,))):
        for y, node in enumerate(row):
            node.location = (220 * column, -220 * y)
    return material


def path_of_frame(group: bpy.types.NodeTree, made: MadeFiles, stretch: float) -> bpy.types.NodeSocket:
    """The path of the scene's frame; parameters as those of `surface_nodes`."""
    nodes, link = group.nodes, group.links.new
    time, back = nodes.new("GeometryNodeInputSceneTime"), nodes.new("ShaderNodeMath")
    whole, text = nodes.new("FunctionNodeFloatToInt"), nodes.new("FunctionNodeFormatString")
    back.operation, whole.rounding_mode = "DIVIDE", "ROUND"
    back.inputs[1].default_value = stretch
    text.format_items.new("INT", "Frame")
    text.inputs[0].default_value = path_pattern(made)
    link(time.outputs["Frame"], back.inputs[0])
    link(back.outputs[0], whole.inputs[0])
    link(whole.outputs[0], text.inputs[1])
    for column, node in enumerate((time, back, whole, text)):
        node.location = (220 * (column - 3), -200)
    return text.outputs[0]
