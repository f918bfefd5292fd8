"""Which layers the plates of a field carry, and how the compositing shows them."""

from __future__ import annotations

import bpy

from ...bake.contract.plate_layers import SHOWN, Layer

SETTING = "layer_{}"
"""Name of a layer's switch among a field's settings."""


def chosen_layers(thing: bpy.types.Object) -> tuple[Layer, ...]:
    """The layers that a field's plates carry."""
    return tuple(layer for layer in Layer if getattr(thing.spacetimepilot, SETTING.format(layer.value)))


def is_deep(thing: bpy.types.Object) -> bool:
    """Whether a deep picture lies beside each of a field's plates."""
    return bool(thing.spacetimepilot.deep_plates)


def socket_name(layer: Layer) -> str:
    """Name of the output of a compositing group that shows a layer."""
    return f"Field {SHOWN[layer]}"


def fit_sockets(group: bpy.types.NodeTree, layers: tuple[Layer, ...]) -> None:
    """Give a compositing group outputs for layers, and take those of others away unless something hangs on them."""
    for layer in Layer:
        there = _output(group, layer)
        if layer in layers and there is None:
            _add(group, layer)
        elif layer not in layers and there is not None and not _is_used(group, there.identifier):
            group.interface.remove(there)


def idle_sockets(group: bpy.types.NodeTree, layers: tuple[Layer, ...]) -> list[str]:
    """Outputs that something hangs on although their layer is switched off."""
    there = {layer: _output(group, layer) for layer in Layer if layer not in layers}
    return [
        socket_name(layer) for layer, item in there.items() if item is not None and _is_used(group, item.identifier)
    ]


def _output(group: bpy.types.NodeTree, layer: Layer) -> bpy.types.NodeTreeInterfaceSocket | None:
    name = socket_name(layer)
    for item in group.interface.items_tree:
        if isinstance(item, bpy.types.NodeTreeInterfaceSocket) and item.in_out == "OUTPUT" and item.name == name:
            return item
    return None


def _add(group: bpy.types.NodeTree, layer: Layer) -> None:
    kind = "Float" if layer in (Layer.MATTES, Layer.CONFIDENCE) else "Vector"
    item = group.interface.new_socket(socket_name(layer), in_out="OUTPUT", socket_type=f"NodeSocket{kind}")
    if layer is Layer.VECTOR and bpy.app.version >= (5, 0, 0):
        item.dimensions = 4


def _is_used(group: bpy.types.NodeTree, identifier: str) -> bool:
    """Whether anything hangs on an output of a group, wherever the group is used."""
    trees = [*bpy.data.node_groups, *(scene.node_tree for scene in bpy.data.scenes if _has_own_tree(scene))]
    return any(
        socket.identifier == identifier and socket.is_linked
        for tree in trees
        for node in tree.nodes
        if getattr(node, "node_tree", None) == group
        for socket in node.outputs
    )


def _has_own_tree(scene: bpy.types.Scene) -> bool:
    """Whether a scene keeps its compositing itself: Blender before 5.0."""
    return bpy.app.version < (5, 0, 0) and scene.node_tree is not None
