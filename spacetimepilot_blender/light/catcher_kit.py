"""The catcher kit: captured surfaces in the scene, and what they do in renders.

Two objects show one mesh. The *surfaces* are part of all view layers but the layer of shadows; cameras do not see
them, unless they are a holdout. The *shadows* are part of that layer alone, and are a shadow catcher there: so native
objects are rendered whole, and what their shadows do to the field is a pass of its own.
"""

from __future__ import annotations

import bpy
from mathutils import Matrix

from ..field.field_object import capture_to_box, fields_of
from ..paths import relative
from ..plates.compositing import add_shadow_sockets, compositing_tree, group_nodes, rebuild
from ..plates.joining import SHADOW_DEPTH_SOCKET, SHADOW_SOCKET
from ..shot_time.field_time import stretch
from ..stand_ins.switching import stand_ins_of
from .catcher_look import surface_material, surface_nodes
from .layers import SHADOW_LAYER, SHADOW_PASS, shadow_layer, show_only_in
from .made_files import MadeFiles
from .removing import remove_mesh_object


def catcher_of(scene: bpy.types.Scene, thing: bpy.types.Object) -> bpy.types.Object | None:
    """The surfaces of a field in a scene, if it has any."""
    return next((other for other in catchers_of(scene) if other.spacetimepilot_catcher.field == thing), None)


def catchers_of(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """The surfaces of all fields in a scene, by name."""
    found = [thing for thing in scene.objects if thing.type == "MESH" and thing.spacetimepilot_catcher.field]
    return sorted((thing for thing in found if not thing.is_shadow_catcher), key=lambda thing: thing.name)


def make_catcher(
    scene: bpy.types.Scene, layer: bpy.types.ViewLayer, thing: bpy.types.Object, made: MadeFiles, role: str
) -> bpy.types.Object:
    """Put the surfaces of a field into a scene, in place of those that may be there; they follow the field object."""
    remove_catcher(scene, thing)
    name = f"Catcher {thing.name}"
    surfaces = _surface_object(scene, thing, name)
    settings = surfaces.spacetimepilot_catcher
    settings.folder = relative(made.folder)
    group = surface_nodes(name, made, surface_material(name), stretch(scene))
    surfaces.modifiers.new(name, "NODES").node_group = group
    use_as(scene, layer, surfaces, role)
    return surfaces


def use_as(scene: bpy.types.Scene, layer: bpy.types.ViewLayer, surfaces: bpy.types.Object, role: str) -> None:
    """Give surfaces a role, one of `light_settings.ROLES`."""
    thing = surfaces.spacetimepilot_catcher.field
    surfaces.spacetimepilot_catcher.role = role
    surfaces.is_holdout = role == "holdout"
    surfaces.visible_camera = role == "holdout"
    shadows = _shadows_of(scene, thing)
    if role != "shadow":
        if shadows is not None:
            remove_mesh_object(shadows)
        _tidy(scene)
        return
    like = layer if layer.name != SHADOW_LAYER else scene.view_layers[0]
    shadow_layer(scene, like)
    if shadows is None:
        shadows = _surface_object(scene, thing, f"Shadows {thing.name}")
        shadows.modifiers.new("Surfaces", "NODES").node_group = surfaces.modifiers[0].node_group
        shadows.is_shadow_catcher = True
    show_only_in(scene, shadows.users_collection[0], shadows=True)
    show_only_in(scene, surfaces.users_collection[0], shadows=False)
    for stand_in in stand_ins_of(scene.objects):
        show_only_in(scene, stand_in.users_collection[0], shadows=False)
    join_shadows(scene)


def remove_catcher(scene: bpy.types.Scene, thing: bpy.types.Object) -> bool:
    """Take a field's surfaces out of a scene; whether it had any."""
    surfaces, shadows = catcher_of(scene, thing), _shadows_of(scene, thing)
    for one in (surfaces, shadows):
        if one is not None:
            remove_mesh_object(one)
    _tidy(scene)
    return surfaces is not None


def join_shadows(scene: bpy.types.Scene) -> bool:
    """Let compositing darken fields by the shadows on their surfaces; whether it does where there are any."""
    nodes = [node for node in group_nodes(scene) if _shadows_of(scene, node.node_tree.spacetimepilot.field)]
    tree = compositing_tree(scene)
    if not nodes or tree is None:
        return not any(_shadows_of(scene, thing) for thing in fields_of(scene))
    source = _render_layers(scene, tree)
    socket: bpy.types.NodeSocket | None = source.outputs.get(SHADOW_PASS)
    if socket is None:
        return False
    for node in nodes:
        if SHADOW_SOCKET not in node.inputs:
            # A group from before there were shadows.
            add_shadow_sockets(node.node_tree)
            rebuild(node.node_tree.spacetimepilot.field)
        tree.links.new(socket, node.inputs[SHADOW_SOCKET])
        tree.links.new(source.outputs["Depth"], node.inputs[SHADOW_DEPTH_SOCKET])
    return True


def shadows_joined(scene: bpy.types.Scene, thing: bpy.types.Object) -> bool:
    """Whether compositing darkens a field by shadows, or the field is not in the compositing at all."""
    nodes = [node for node in group_nodes(scene) if node.node_tree.spacetimepilot.field == thing]
    return all(SHADOW_SOCKET in node.inputs and node.inputs[SHADOW_SOCKET].is_linked for node in nodes)


def _render_layers(scene: bpy.types.Scene, tree: bpy.types.NodeTree) -> bpy.types.Node:
    for node in tree.nodes:
        if node.bl_idname == "CompositorNodeRLayers" and node.scene == scene and node.layer == SHADOW_LAYER:
            return node
    node = tree.nodes.new("CompositorNodeRLayers")
    node.scene, node.layer = scene, SHADOW_LAYER
    node.name = node.label = SHADOW_LAYER
    node.location = (0, -500)
    return node


def _shadows_of(scene: bpy.types.Scene, thing: bpy.types.Object) -> bpy.types.Object | None:
    for other in scene.objects:
        if other.type == "MESH" and other.is_shadow_catcher and other.spacetimepilot_catcher.field == thing:
            return other
    return None


def _surface_object(scene: bpy.types.Scene, thing: bpy.types.Object, name: str) -> bpy.types.Object:
    collection = bpy.data.collections.new(name)
    scene.collection.children.link(collection)
    made = bpy.data.objects.new(name, bpy.data.meshes.new(name))
    collection.objects.link(made)
    made.parent = thing
    made.matrix_parent_inverse = Matrix(capture_to_box(thing).tolist())
    made.spacetimepilot_catcher.field = thing
    made.display_type, made.hide_select = "WIRE", True
    return made


def _tidy(scene: bpy.types.Scene) -> None:
    """Without shadows there is no need of their layer."""
    layer: bpy.types.ViewLayer | None = scene.view_layers.get(SHADOW_LAYER)
    if layer is None or any(thing.is_shadow_catcher and thing.spacetimepilot_catcher.field for thing in scene.objects):
        return
    tree = compositing_tree(scene)
    for node in list(tree.nodes) if tree is not None else []:
        if node.bl_idname == "CompositorNodeRLayers" and node.scene == scene and node.layer == SHADOW_LAYER:
            tree.nodes.remove(node)
    scene.view_layers.remove(layer)
