"""The nodes within a compositing group: how a plate and the render become one picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy

from ...bake.contract.plate import (
    BEAUTY_LAYER,
    COVERAGE_LAYER,
    DEPTH_LAYER,
    EMPTY_DEPTH,
    FRONT_LAYER,
    HOLDOUT_LAYER,
    NATIVE_LAYER,
    PICK_X_LAYER,
    PICK_Y_LAYER,
    VISIBLE_LAYER,
)
from ...bake.contract.plate_layers import SHOWN, Layer
from .layer_choice import socket_name

SHADOW_SOCKET = "Shadow"
"""Input of a group: what native shadows leave of the field's light, channel by channel; 1 where nothing is linked."""
SHADOW_DEPTH_SOCKET = "Shadow Depth"
"""Input of a group: planar depth of what caught that shadow; 0 where nothing is linked."""
_SAME_SURFACE = 1.04
"""How many times as far away as the field what caught a shadow may lie: behind that it is another surface."""
_NEARER = 0.999
"""Share of the depth of known native surfaces before which the render shows something unknown."""
_MOST_COVERED = 8.0
"""How many times as much of a pixel as is known native things may fill: half floats end what could be told beyond."""


def fill_group(group: bpy.types.NodeTree, image: bpy.types.Image, merge: str, layers: tuple[Layer, ...]) -> None:
    """Put nodes into an empty or filled group with the sockets of `compositing`.

    Parameters
    ----------
    image : Image
        Of a plate that has the layers.
    merge : str
        "fast" or "exact".
    layers : tuple of Layer
        What else the group's outputs show.
    """
    group.nodes.clear()
    nodes, link = group.nodes, group.links.new
    enter, leave = nodes.new("NodeGroupInput"), nodes.new("NodeGroupOutput")
    source = nodes.new("CompositorNodeImage")
    source.image = image
    canvas = _canvas(nodes, link, enter)
    outside, depth = _known_depth(nodes, link, canvas, source.outputs[DEPTH_LAYER])
    nearest = _math(nodes, "MINIMUM", "Nearest")
    link(depth, nearest.inputs[0])
    link(enter.outputs["Depth"], nearest.inputs[1])
    shadow = _shadow(nodes, link, enter, depth)
    colours = {name: _shaded(nodes, link, shadow, source.outputs[name], name) for name in _colour_layers(merge)}
    joined = _by_depth(nodes, link, enter, canvas, colours[BEAUTY_LAYER], depth)
    if merge == "exact":
        joined = _Exact(nodes, link, enter, source, colours).join(joined, outside)
    link(joined, leave.inputs["Image"])
    link(nearest.outputs[0], leave.inputs["Depth"])
    link(colours[BEAUTY_LAYER], leave.inputs["Field"])
    link(depth, leave.inputs["Field Depth"])
    for layer in layers:
        link(source.outputs[SHOWN[layer]], leave.inputs[socket_name(layer)])
    leave.location = (2420 if merge == "exact" else 1320, 0)
    source.location, nearest.location = (0, -220), (440, -220)


def _colour_layers(merge: str) -> tuple[str, ...]:
    return (BEAUTY_LAYER, FRONT_LAYER) if merge == "exact" else (BEAUTY_LAYER,)


def _shadow(
    nodes: bpy.types.Nodes, link: Any, enter: bpy.types.Node, depth: bpy.types.NodeSocket
) -> tuple[bpy.types.NodeSocket, bpy.types.NodeSocket] | None:
    """The shadow on the field, and where it falls on what the field shows; None in a group without such inputs."""
    colour: bpy.types.NodeSocket | None = enter.outputs.get(SHADOW_SOCKET)
    if colour is None:
        return None
    farthest = _math(nodes, "MULTIPLY", "Farthest Catcher")
    farthest.inputs[1].default_value = _SAME_SURFACE
    link(depth, farthest.inputs[0])
    falls = _math(nodes, "LESS_THAN", "Shadow Falls Here")
    link(enter.outputs[SHADOW_DEPTH_SOCKET], falls.inputs[0])
    link(farthest.outputs[0], falls.inputs[1])
    farthest.location, falls.location = (440, 440), (660, 440)
    return colour, falls.outputs[0]


def _shaded(
    nodes: bpy.types.Nodes,
    link: Any,
    shadow: tuple[bpy.types.NodeSocket, bpy.types.NodeSocket] | None,
    colour: bpy.types.NodeSocket,
    label: str,
) -> bpy.types.NodeSocket:
    """A layer in the shadow that native objects cast on what was captured; its alpha stays."""
    if shadow is None:
        return colour
    shade = nodes.new("ShaderNodeMix")
    shade.data_type, shade.blend_type, shade.label = "RGBA", "MULTIPLY", f"{label} in Shadow"
    link(shadow[1], shade.inputs[0])
    link(colour, shade.inputs[6])
    link(shadow[0], shade.inputs[7])
    shade.location = (880, 220 if label == BEAUTY_LAYER else 440)
    return shade.outputs[2]


def _by_depth(
    nodes: bpy.types.Nodes,
    link: Any,
    enter: bpy.types.Node,
    canvas: bpy.types.NodeSocket,
    colour: bpy.types.NodeSocket,
    depth: bpy.types.NodeSocket,
) -> bpy.types.NodeSocket:
    """Where the field lies in front its plate goes over the render, elsewhere the render over the plate.

    `over(field * front, over(render, field * (1 - front)))` with `front` either 0 or 1. Premultiplied throughout.
    """
    front = _math(nodes, "LESS_THAN", "Field in Front")
    link(depth, front.inputs[0])
    link(enter.outputs["Depth"], front.inputs[1])
    behind = _math(nodes, "SUBTRACT", "Field Behind")
    behind.inputs[0].default_value = 1
    link(front.outputs[0], behind.inputs[1])
    back = _Over(nodes, "Field, where Behind")
    nothing = nodes.new("CompositorNodeCombineColor")
    nothing.label = "Nothing"
    for channel in nothing.inputs:
        link(canvas, channel)
    nothing.location = (220, 220)
    link(nothing.outputs[0], back.background)
    link(colour, back.foreground)
    link(behind.outputs[0], back.factor)
    middle = _Over(nodes, "Render over It")
    link(back.result, middle.background)
    link(enter.outputs["Image"], middle.foreground)
    top = _Over(nodes, "Field, where in Front")
    link(middle.result, top.background)
    link(colour, top.foreground)
    link(front.outputs[0], top.factor)
    _lay_out((enter,), (), (front,), (behind,), (back.node,), (middle.node,), (top.node,))
    return top.result


class _Exact:
    """`front + behind (1 - alpha / coverage) + holdout * render + visible * picked render`, channel by channel.

    The second term shows what lies behind as far as native surfaces do not hide it: it makes up for transparent ones,
    and for what the render's few samples have too much or too little of an edge. Where the render shows something that
    the plate does not know (hair, another field), depth decides as it does in fast merging.
    """

    def __init__(
        self,
        nodes: bpy.types.Nodes,
        link: Any,
        enter: bpy.types.Node,
        source: bpy.types.Node,
        colours: Mapping[str, bpy.types.NodeSocket],
    ) -> None:
        self._nodes, self._link, self._enter, self._source, self._colours = nodes, link, enter, source, colours

    def join(self, fast: bpy.types.NodeSocket, outside: bpy.types.NodeSocket) -> bpy.types.NodeSocket:
        """The joined picture; `fast` is that by depth, `outside` 1 where there is no plate."""
        render = self._enter.outputs["Image"]
        field, front, own, beside, by_depth = (
            self._channels(socket, label)
            for socket, label in (
                (self._colours[BEAUTY_LAYER], "Field"),
                (self._colours[FRONT_LAYER], "Front"),
                (render, "Render"),
                (self._picked(render), "Picked"),
                (fast, "By Depth"),
            )
        )
        bare = self._bare(own[3])
        known = self._math("SUBTRACT", "Known", 1.0, self._unknown(outside))
        whole = self._nodes.new("CompositorNodeCombineColor")
        whole.location = (2200, -440)
        for number, name in enumerate("RGBA"):
            behind = self._math("SUBTRACT", f"Behind {name}", field[number], front[number])
            value = self._math("MULTIPLY_ADD", f"Front and Behind {name}", behind, bare, front[number])
            holdout, visible = (self._source.outputs[layer] for layer in (HOLDOUT_LAYER, VISIBLE_LAYER))
            value = self._math("MULTIPLY_ADD", f"Render {name}", own[number], holdout, value)
            value = self._math("MULTIPLY_ADD", f"Picked Render {name}", beside[number], visible, value)
            choice = self._nodes.new("ShaderNodeMix")
            choice.data_type, choice.label = "FLOAT", f"Known {name}"
            choice.clamp_factor = False
            # What is mixed first decides how large the picture is: the plate may be smaller than the render.
            for socket, value_from in ((0, known), (2, by_depth[number]), (3, value)):
                self._link(value_from, choice.inputs[socket])
            self._link(choice.outputs[0], whole.inputs[number])
            choice.location = (1980, -440 - 180 * number)
        return whole.outputs[0]

    def _bare(self, alpha: bpy.types.NodeSocket) -> bpy.types.NodeSocket:
        """How much of what lies behind native surfaces they do not hide."""
        share = self._math("DIVIDE", "Hidden Share", alpha, self._source.outputs[COVERAGE_LAYER])
        share = self._math("MINIMUM", "Hidden Share, Bounded", share, _MOST_COVERED)
        return self._math("SUBTRACT", "Not Hidden", 1.0, share)

    def _unknown(self, outside: bpy.types.NodeSocket) -> bpy.types.NodeSocket:
        """1 where the render shows something nearer than all that the plate knows, or there is no plate."""
        known = self._math("MULTIPLY", "Known Surfaces", self._source.outputs[NATIVE_LAYER], _NEARER)
        nearer = self._math("LESS_THAN", "Unknown Surface", self._enter.outputs["Depth"], known)
        return self._math("MAXIMUM", "Unknown", nearer, outside)

    def _picked(self, render: bpy.types.NodeSocket) -> bpy.types.NodeSocket:
        """The render, where the plate says for each pixel."""
        place = self._nodes.new("ShaderNodeCombineXYZ")
        place.inputs[2].default_value = 1
        self._link(self._source.outputs[PICK_X_LAYER], place.inputs[0])
        self._link(self._source.outputs[PICK_Y_LAYER], place.inputs[1])
        pick = self._nodes.new("CompositorNodeMapUV")
        if bpy.app.version >= (5, 0, 0):
            pick.inputs["Interpolation"].default_value = "Nearest"
        else:
            pick.filter_type = "NEAREST"
        self._link(render, pick.inputs[0])
        self._link(place.outputs[0], pick.inputs[1])
        place.location, pick.location = (220, -800), (440, -800)
        return pick.outputs[0]

    def _channels(self, socket: bpy.types.NodeSocket, label: str) -> list[bpy.types.NodeSocket]:
        node = self._nodes.new("CompositorNodeSeparateColor")
        node.label = label
        self._link(socket, node.inputs[0])
        node.location = (880, -440 - 180 * len([other for other in self._nodes if other.bl_idname == node.bl_idname]))
        return list(node.outputs)

    def _math(self, operation: str, label: str, *values: bpy.types.NodeSocket | float) -> bpy.types.NodeSocket:
        node = _math(self._nodes, operation, label)
        for socket, value in zip(node.inputs, values, strict=False):
            if isinstance(value, float):
                socket.default_value = value
            else:
                self._link(value, socket)
        count = sum(other.bl_idname == node.bl_idname for other in self._nodes)
        node.location = (1100 + 220 * (count % 4), -440 - 180 * (count // 4))
        return node.outputs[0]


class _Over:
    """An Alpha Over node of premultiplied pictures, with its sockets under one name in every Blender."""

    def __init__(self, nodes: bpy.types.Nodes, label: str) -> None:
        self.node = nodes.new("CompositorNodeAlphaOver")
        self.node.label = label
        sockets = self.node.inputs
        if bpy.app.version >= (5, 0, 0):
            self.background, self.foreground, self.factor = (
                sockets[name] for name in ("Background", "Foreground", "Factor")
            )
        else:
            self.factor, self.background, self.foreground = sockets[0], sockets[1], sockets[2]
        self.factor.default_value = 1
        self.result = self.node.outputs[0]


def _canvas(nodes: bpy.types.Nodes, link: Any, enter: bpy.types.Node) -> bpy.types.NodeSocket:
    """Zero in every pixel of the render: what begins with it is as large as that, however small a plate is."""
    zero = _math(nodes, "MULTIPLY", "As Large as the Render")
    zero.inputs[1].default_value = 0
    link(enter.outputs["Depth"], zero.inputs[0])
    zero.location = (0, -620)
    return zero.outputs[0]


def _known_depth(
    nodes: bpy.types.Nodes, link: Any, canvas: bpy.types.NodeSocket, plate: bpy.types.NodeSocket
) -> tuple[bpy.types.NodeSocket, bpy.types.NodeSocket]:
    """Whether there is no plate: pixels beyond an image's edge read as zero; and the plate's depth, far away there."""
    laid = _math(nodes, "ADD", "Plate on the Render")
    link(canvas, laid.inputs[0])
    link(plate, laid.inputs[1])
    laid.location, depth = (0, -440), laid.outputs[0]
    outside = _math(nodes, "LESS_THAN", "Beyond the Plate")
    outside.inputs[1].default_value = 1e-9
    link(depth, outside.inputs[0])
    known = _math(nodes, "MULTIPLY_ADD", "Plate Depth")
    known.inputs[1].default_value = EMPTY_DEPTH
    link(outside.outputs[0], known.inputs[0])
    link(depth, known.inputs[2])
    outside.location, known.location = (220, -440), (220, -620)
    return outside.outputs[0], known.outputs[0]


def _math(nodes: bpy.types.Nodes, operation: str, label: str) -> bpy.types.Node:
    node = nodes.new("ShaderNodeMath")
    node.operation = operation
    node.label = label
    return node


def _lay_out(*columns: tuple[bpy.types.Node, ...]) -> None:
    for x, column in enumerate(columns):
        for y, node in enumerate(column):
            node.location = (x * 220, -y * 220)
