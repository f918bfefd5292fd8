"""The material of a field's volume: it shines with the captured light, and stops what comes from behind."""

from __future__ import annotations

import bpy

from ..colour_spaces import to_working_space
from .vdb_file import DENSITY, EMISSION

_CYCLES, _EEVEE = "CYCLES", "EEVEE"
_WORKING = "SpaceTimePilot Working Space"


def fill_material(material: bpy.types.Material, *, in_eevee: bool) -> None:
    """Make a material's nodes, unless somebody has made something else of them.

    A plate is light from where light is stopped, so the volume is that as well: emission of density times colour, and
    absorption of all of density. Native light has no say in it.

    Parameters
    ----------
    in_eevee : bool
        Whether EEVEE shows it. EEVEE can only show volumes to the camera; it has no way to hide them from that alone.
    """
    material.use_nodes = True
    tree = material.node_tree
    if _CYCLES not in tree.nodes or _EEVEE not in tree.nodes:
        _build(tree)
    _fit_colours(tree)
    both, eevee = tree.nodes[_CYCLES].inputs["Volume"], tree.nodes[_EEVEE].inputs["Volume"]
    for link in list(eevee.links):
        tree.links.remove(link)
    if in_eevee and both.links:
        tree.links.new(both.links[0].from_socket, eevee)


def _build(tree: bpy.types.NodeTree) -> None:
    tree.nodes.clear()
    density, emission = (_attribute(tree, name, -20 - 180 * row) for row, name in enumerate((DENSITY, EMISSION)))
    dark, light = tree.nodes.new("ShaderNodeVolumeAbsorption"), tree.nodes.new("ShaderNodeEmission")
    both = tree.nodes.new("ShaderNodeAddShader")
    dark.inputs["Color"].default_value = (0, 0, 0, 1)
    dark.location, light.location, both.location = (0, 0), (0, -180), (200, -60)
    tree.links.new(density.outputs["Fac"], dark.inputs["Density"])
    tree.links.new(emission.outputs["Vector"], light.inputs["Color"])
    tree.links.new(dark.outputs[0], both.inputs[0])
    tree.links.new(light.outputs[0], both.inputs[1])
    for row, engine in enumerate((_CYCLES, _EEVEE)):
        out = tree.nodes.new("ShaderNodeOutputMaterial")
        out.name = out.label = engine
        out.target, out.location = engine, (400, -160 * row)
        if engine == _CYCLES:
            tree.links.new(both.outputs[0], out.inputs["Volume"])


def _fit_colours(tree: bpy.types.NodeTree) -> None:
    """Bring emission, which is Rec.709 in the file, into the scene's working space: renderers take it as it is.

    Where somebody has put nodes of theirs between, all is left as it is.
    """
    light = next((node for node in tree.nodes if node.bl_idname == "ShaderNodeEmission"), None)
    link = light.inputs["Color"].links[0] if light is not None and light.inputs["Color"].links else None
    source = _source(tree)
    if light is None or link is None or source is None or link.from_node.name not in (source.name, _WORKING):
        return
    for node in [node for node in tree.nodes if node.name.startswith(_WORKING)]:
        tree.nodes.remove(node)
    rows = to_working_space()
    if rows is None:
        tree.links.new(source.outputs["Vector"], light.inputs["Color"])
        return
    whole = tree.nodes.new("ShaderNodeCombineXYZ")
    whole.name, whole.label, whole.location = _WORKING, "Working Space", (-20, -380)
    for row, (values, axis) in enumerate(zip(rows, "XYZ", strict=True)):
        part = tree.nodes.new("ShaderNodeVectorMath")
        part.operation, part.name, part.location = "DOT_PRODUCT", f"{_WORKING} {axis}", (-220, -380 - 160 * row)
        part.inputs[1].default_value = values
        tree.links.new(source.outputs["Vector"], part.inputs[0])
        tree.links.new(part.outputs["Value"], whole.inputs[axis])
    tree.links.new(whole.outputs[0], light.inputs["Color"])


def _source(tree: bpy.types.NodeTree) -> bpy.types.Node | None:
    """The node that reads emission."""
    attributes = (node for node in tree.nodes if node.bl_idname == "ShaderNodeAttribute")
    return next((node for node in attributes if node.attribute_name == EMISSION), None)


def _attribute(tree: bpy.types.NodeTree, name: str, down: float) -> bpy.types.Node:
    node = tree.nodes.new("ShaderNodeAttribute")
    node.attribute_name, node.location = name, (-220, down)
    return node
