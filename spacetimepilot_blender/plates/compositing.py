"""The compositing group: joins a field's plate and the render, by depth or exactly.

One group per field. It stands behind the Render Layers node as a link of a chain, and what hangs on that node hangs on
the chain's end; taking a group out closes the chain again.
"""

from __future__ import annotations

import bpy

from ...bake.contract.errors import UserError
from ..colour_spaces import tell_plate_space
from ..field.field_object import is_field
from .joining import SHADOW_DEPTH_SOCKET, SHADOW_SOCKET, fill_group
from .layer_choice import chosen_layers, fit_sockets
from .standing_plates import empty_plate

_WIDTH = 220


def linked_fields(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """The fields that the scene's compositing shows."""
    if not scene.render.use_compositing:
        return []
    fields = [node.node_tree.spacetimepilot.field for node in group_nodes(scene) if not node.mute]
    return [thing for thing in dict.fromkeys(fields) if is_field(thing)]


def plate_image(scene: bpy.types.Scene, thing: bpy.types.Object) -> bpy.types.Image | None:
    """The image through which the scene's compositing reads the plate of a field."""
    for node in group_nodes(scene):
        if node.node_tree.spacetimepilot.field == thing:
            return node.node_tree.spacetimepilot.image
    return None


def linked_layer(scene: bpy.types.Scene, thing: bpy.types.Object) -> str:
    """Name of the view layer with whose render a field is joined; empty where it is with none."""
    for node in group_nodes(scene):
        if node.node_tree.spacetimepilot.field == thing:
            return str(node.node_tree.spacetimepilot.layer)
    return ""


def rebuild(thing: bpy.types.Object) -> None:
    """Make the groups of a field anew, as its settings are now; they stay where they are."""
    for group in bpy.data.node_groups:
        link = group.spacetimepilot
        if group.bl_idname == "CompositorNodeTree" and link.image is not None and link.field == thing:
            # The sockets of an image node come from its file.
            link.image.filepath = str(empty_plate(thing))
            link.image.reload()
            tell_plate_space(link.image)
            _fill(group, link.image, thing)


def group_nodes(scene: bpy.types.Scene) -> list[bpy.types.Node]:
    """The nodes in the scene's compositing that are groups of ours."""
    tree = compositing_tree(scene)
    return [] if tree is None else [node for node in tree.nodes if _is_ours(node)]


def compositing_tree(scene: bpy.types.Scene) -> bpy.types.NodeTree | None:
    """The scene's compositing tree, or None if it composites nothing."""
    if bpy.app.version >= (5, 0, 0):
        return scene.compositing_node_group
    return scene.node_tree if scene.use_nodes else None


def set_up(scene: bpy.types.Scene, layer: bpy.types.ViewLayer, thing: bpy.types.Object, plate: str) -> bpy.types.Node:
    """Put a field into the scene's compositing, behind the Render Layers node of `layer`.

    Parameters
    ----------
    plate : str
        An existing plate to begin with: the sockets of an image node come from its file.

    Raises
    ------
    UserError
        If the field is there already, or there is nowhere to put it.
    """
    if plate_image(scene, thing) is not None:
        raise UserError(f"{thing.name} is in the compositing already.", "Remove it first to set it up anew.")
    tree = compositing_tree(scene) or _new_tree(scene)
    layers = _render_layers(tree, scene, layer)
    group = _make_group(thing, plate)
    _prepare_render(scene, layer, group.spacetimepilot)
    node = tree.nodes.new("CompositorNodeGroup")
    node.node_tree = group
    node.name = node.label = group.name
    node.width = _WIDTH
    _insert(tree, _end_of_chain(tree, layers), node)
    return node


def remove(scene: bpy.types.Scene, thing: bpy.types.Object) -> bool:
    """Take a field out of the scene's compositing; whether it was in there."""
    found = [node for node in group_nodes(scene) if node.node_tree.spacetimepilot.field == thing]
    for node in found:
        _take_out(scene, node)
    return bool(found)


def _is_ours(node: bpy.types.Node) -> bool:
    return node.bl_idname == "CompositorNodeGroup" and node.node_tree is not None and _shows_plate(node.node_tree)


def _shows_plate(group: bpy.types.NodeTree) -> bool:
    return group.spacetimepilot.image is not None


def _new_tree(scene: bpy.types.Scene) -> bpy.types.NodeTree:
    if bpy.app.version >= (5, 0, 0):
        tree = bpy.data.node_groups.new("Compositing", "CompositorNodeTree")
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        end = tree.nodes.new("NodeGroupOutput")
        scene.compositing_node_group = tree
    else:
        fresh = scene.node_tree is None
        scene.use_nodes = True
        tree = scene.node_tree
        if not fresh:
            return tree
        tree.nodes.clear()
        end = tree.nodes.new("CompositorNodeComposite")
    end.location = (500, 0)
    layers = tree.nodes.new("CompositorNodeRLayers")
    layers.scene = scene
    tree.links.new(layers.outputs["Image"], end.inputs[0])
    return tree


def _render_layers(tree: bpy.types.NodeTree, scene: bpy.types.Scene, layer: bpy.types.ViewLayer) -> bpy.types.Node:
    for node in tree.nodes:
        if node.bl_idname == "CompositorNodeRLayers" and node.scene == scene and node.layer == layer.name:
            return node
    raise UserError(
        f"The compositing of {scene.name} has no Render Layers node for the view layer {layer.name}.",
        "Add one, then set up compositing again.",
    )


def _end_of_chain(tree: bpy.types.NodeTree, node: bpy.types.Node) -> bpy.types.Node:
    """The last of our groups that follow `node` one after the other, or `node` itself."""
    for link in tree.links:
        if link.from_node == node and link.from_socket.name == "Depth" and _is_ours(link.to_node):
            return _end_of_chain(tree, link.to_node)
    return node


def _prepare_render(scene: bpy.types.Scene, layer: bpy.types.ViewLayer, link: bpy.types.PropertyGroup) -> None:
    """Settings without which the join is wrong or unsafe; `link` remembers what they were."""
    link.layer, link.depth_was_off = layer.name, not layer.use_pass_z
    layer.use_pass_z = True
    # Plates are put in place from the render's own thread, which the interface must not meet.
    link.interface_was_free = not scene.render.use_lock_interface
    scene.render.use_lock_interface = True
    if link.field.spacetimepilot.opaque:
        link.film_was_opaque = not scene.render.film_transparent
        scene.render.film_transparent = True


def _give_back(scene: bpy.types.Scene, link: bpy.types.PropertyGroup) -> None:
    """Set back what a group that leaves has changed; groups that stay and need it take over remembering it."""
    others = [node.node_tree.spacetimepilot for node in group_nodes(scene)]
    if link.film_was_opaque:
        heir = next((other for other in others if other.field.spacetimepilot.opaque), None)
        if heir is not None:
            heir.film_was_opaque = True
        else:
            scene.render.film_transparent = False
    if link.interface_was_free:
        if others:
            others[0].interface_was_free = True
        else:
            scene.render.use_lock_interface = False
    if link.depth_was_off:
        heir = next((other for other in others if other.layer == link.layer), None)
        layer: bpy.types.ViewLayer | None = scene.view_layers.get(link.layer)
        if heir is not None:
            heir.depth_was_off = True
        elif layer is not None:
            layer.use_pass_z = False


def _insert(tree: bpy.types.NodeTree, before: bpy.types.Node, node: bpy.types.Node) -> None:
    node.location = (before.location.x + before.width + 40, before.location.y)
    for name in ("Image", "Depth"):
        fed = [link.to_socket for link in tree.links if link.from_socket == before.outputs[name]]
        for socket in fed:
            tree.links.new(node.outputs[name], socket)
        tree.links.new(before.outputs[name], node.inputs[name])


def _take_out(scene: bpy.types.Scene, node: bpy.types.Node) -> None:
    tree, group = node.id_data, node.node_tree
    for name in ("Image", "Depth"):
        source = next((link.from_socket for link in tree.links if link.to_socket == node.inputs[name]), None)
        fed = [link.to_socket for link in tree.links if link.from_socket == node.outputs[name]]
        for socket in fed:
            if source is not None:
                tree.links.new(source, socket)
    tree.nodes.remove(node)
    if group.users:
        return
    _give_back(scene, group.spacetimepilot)
    image = group.spacetimepilot.image
    bpy.data.node_groups.remove(group)
    if image is not None and not image.users:
        bpy.data.images.remove(image)


def _fill(group: bpy.types.NodeTree, image: bpy.types.Image, thing: bpy.types.Object) -> None:
    layers = chosen_layers(thing)
    fit_sockets(group, layers)
    fill_group(group, image, thing.spacetimepilot.merge, layers)


def add_shadow_sockets(group: bpy.types.NodeTree) -> None:
    """Let a group take shadows on the field."""
    socket = group.interface.new_socket(SHADOW_SOCKET, in_out="INPUT", socket_type="NodeSocketColor")
    socket.default_value = (1, 1, 1, 1)
    group.interface.new_socket(SHADOW_DEPTH_SOCKET, in_out="INPUT", socket_type="NodeSocketFloat")


def _make_group(thing: bpy.types.Object, plate: str) -> bpy.types.NodeTree:
    """Inputs Image and Depth of the render, and Shadow; outputs Image and Depth of both, the field alone and layers."""
    group = bpy.data.node_groups.new(f"Field {thing.name}", "CompositorNodeTree")
    for name, kind in (("Image", "NodeSocketColor"), ("Depth", "NodeSocketFloat")):
        group.interface.new_socket(name, in_out="INPUT", socket_type=kind)
    add_shadow_sockets(group)
    for name, kind in (("Image", "Color"), ("Depth", "Float"), ("Field", "Color"), ("Field Depth", "Float")):
        group.interface.new_socket(name, in_out="OUTPUT", socket_type=f"NodeSocket{kind}")
    image = bpy.data.images.load(plate)
    tell_plate_space(image)
    image.name = f"Plate {thing.name}"
    _fill(group, image, thing)
    group.spacetimepilot.field = thing
    group.spacetimepilot.image = image
    return group
