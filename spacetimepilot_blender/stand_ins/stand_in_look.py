"""What a stand-in is made of: geometry nodes that read the mesh of the frame where it is to be seen, and a material.

Both work in Blender without the extension. The nodes go by the formulas of `contract.stand_in` and know the scene's
active camera by themselves; a driver tells them the picture's width. While field and stand-in are both seen, the
stand-in is moved away from the camera along its rays, which changes no pixel of it: so the field lies in front.
"""

from __future__ import annotations

from typing import Any

import bpy
from mathutils import Color

from ...bake.contract.stand_in import LIGHT, MARGIN
from ..light.catcher_look import path_of_frame, path_pattern
from ..light.made_files import MadeFiles
from .switching import BY_DISTANCE_NODE, EXPOSURE_NODE, LIMIT_NODE, RANGE_NODE, box_of

_WIDTH_NODE = "Picture Width"
_LIGHT = "field_light"
"""Attribute of the light that points shine with, in the scene's working space."""
_SLACK = 1.02
"""How much earlier than it must a stand-in is there: half pixels of the picture's size count in nodes."""

Socket = Any


def stand_in_nodes(
    name: str, thing: bpy.types.Object, made: MadeFiles, material: bpy.types.Material, stretch: float
) -> bpy.types.NodeTree:
    """Geometry nodes that give the mesh of the scene's frame where it is to be seen, else nothing.

    Parameters
    ----------
    thing : Object
        The field.
    stretch : float
        Stretched scene frames, as geometry nodes count them, per frame of the timeline.
    """
    group = bpy.data.node_groups.new(name, "GeometryNodeTree")
    group.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    build = _Build(group)
    switch = _Switch(build, thing)
    mesh = build.node("GeometryNodeImportPLY")
    if made.still:
        mesh.inputs["Path"].default_value = path_pattern(made)
    else:
        build.link(path_of_frame(group, made, stretch), mesh.inputs["Path"])
    seen = build.node("GeometryNodeSwitch")
    seen.input_type = "GEOMETRY"
    _into(build, switch.shown, seen, "Switch")
    _into(build, mesh.outputs[0], seen, "True")
    moved = build.node("GeometryNodeSetPosition")
    _into(build, _out(seen), moved, "Geometry")
    build.link(switch.away(), moved.inputs["Offset"])
    lit = build.node("GeometryNodeStoreNamedAttribute")
    lit.data_type, lit.domain = "FLOAT_VECTOR", "POINT"
    lit.inputs["Name"].default_value = _LIGHT
    build.link(moved.outputs[0], lit.inputs["Geometry"])
    build.link(_light(build), next(one for one in lit.inputs if one.name == "Value" and one.enabled))
    coat, leave = build.node("GeometryNodeSetMaterial"), build.node("NodeGroupOutput")
    coat.inputs["Material"].default_value = material
    build.link(lit.outputs[0], coat.inputs["Geometry"])
    build.link(coat.outputs[0], leave.inputs[0])
    build.lay_out()
    return group


def stand_in_material(name: str) -> bpy.types.Material:
    """Nothing but the captured light."""
    material = bpy.data.materials.new(name)
    if not material.use_nodes:
        material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    kinds = ("ShaderNodeAttribute", "ShaderNodeEmission", "ShaderNodeOutputMaterial")
    captured, shine, leave = (tree.nodes.new(kind) for kind in kinds)
    captured.attribute_name = _LIGHT
    tree.links.new(captured.outputs["Vector"], shine.inputs["Color"])
    tree.links.new(shine.outputs[0], leave.inputs["Surface"])
    # Only cameras see it; as a lamp it would be noise.
    material.cycles.emission_sampling = "NONE"
    for column, node in enumerate((captured, shine, leave)):
        node.location = (220 * column, 0)
    return material


class _Build:
    """Nodes of a group."""

    def __init__(self, group: bpy.types.NodeTree) -> None:
        self._group = group
        self.link = group.links.new

    def node(self, kind: str, label: str = "", **values: Any) -> Any:
        node = self._group.nodes.new(kind)
        node.label = label
        for name, value in values.items():
            setattr(node, name, value)
        return node

    def value(self, name: str, value: float) -> Socket:
        node = self.node("ShaderNodeValue", name)
        node.name = name
        node.outputs[0].default_value = value
        return node.outputs[0]

    def math(self, operation: str, label: str, *values: Socket | float) -> Socket:
        return self._filled(self.node("ShaderNodeMath", label, operation=operation), values).outputs[0]

    def vector(self, operation: str, label: str, *values: Socket | tuple[float, ...]) -> Socket:
        node = self._filled(self.node("ShaderNodeVectorMath", label, operation=operation), values)
        return next(one for one in node.outputs if one.enabled)

    def scaled(self, vector: Socket, scale: Socket, label: str) -> Socket:
        node = self.node("ShaderNodeVectorMath", label, operation="SCALE")
        self.link(vector, node.inputs[0])
        self.link(scale, node.inputs["Scale"])
        return node.outputs[0]

    def transformed(self, kind: str, label: str, vector: Socket | tuple[float, ...], matrix: Socket) -> Socket:
        """`kind` is Point or Direction."""
        return self._filled(self.node(f"FunctionNodeTransform{kind}", label), (vector, matrix)).outputs[0]

    def drive_by_scene(self, socket: Socket, expression: str, **paths: str) -> None:
        """Let a value follow properties of the scene in which it is looked at."""
        curve: Any = self._group.driver_add(socket.path_from_id("default_value"))
        driver = curve.driver
        driver.type = "SCRIPTED"
        for name, path in paths.items():
            variable = driver.variables.new()
            variable.name, variable.type = name, "CONTEXT_PROP"
            variable.targets[0].context_property = "ACTIVE_SCENE"
            variable.targets[0].data_path = path
        driver.expression = expression

    def lay_out(self) -> None:
        """In columns, as links lead."""
        depth: dict[str, int] = {}

        def column(node: bpy.types.Node) -> int:
            if node.name not in depth:
                before = [link.from_node for link in self._group.links if link.to_node == node]
                depth[node.name] = 1 + max((column(one) for one in before), default=-1)
            return depth[node.name]

        rows: dict[int, int] = {}
        for node in self._group.nodes:
            x = column(node)
            node.location = (220 * x, -200 * rows.get(x, 0))
            rows[x] = rows.get(x, 0) + 1

    def _filled(self, node: Any, values: tuple[Any, ...]) -> Any:
        for socket, value in zip(node.inputs, values, strict=False):
            if isinstance(value, bpy.types.NodeSocket):
                self.link(value, socket)
            else:
                socket.default_value = value
        return node


class _Switch:
    """Whether the stand-in is there, and where to. Lengths are the scene's."""

    def __init__(self, build: _Build, thing: bpy.types.Object) -> None:
        self._build = build
        settings = thing.spacetimepilot
        low, high = box_of(settings)
        own, camera = self._info("GeometryNodeSelfObject", "ORIGINAL"), self._camera("ORIGINAL")
        to_scene = own.outputs["Transform"]
        middle = build.transformed("Point", "Middle", tuple((low + high) / 2), to_scene)
        edges = [
            build.vector("LENGTH", "", build.transformed("Direction", "Edge", tuple(edge), to_scene))
            for edge in ((high[0] - low[0], 0.0, 0.0), (0.0, high[1] - low[1], 0.0), (0.0, 0.0, high[2] - low[2]))
        ]
        longest = build.math("MAXIMUM", "", edges[0], edges[1])
        self._size = build.math("MAXIMUM", "Longest Edge", longest, edges[2])
        self._distance = build.vector("DISTANCE", "Distance", middle, camera.outputs["Location"])
        self._flat = self._lens.outputs["Is Orthographic"]
        closeness = self._closeness()
        reach = build.math("MULTIPLY", "", build.value(RANGE_NODE, settings.stand_in_range), _SLACK)
        # Away from the formulas' limits by rounding alone there must never be neither.
        self.shown = build.math("LESS_THAN", "Stand-In Seen", closeness, reach)
        self._fading = build.math("GREATER_THAN", "Field Seen", closeness, 1.0)

    def away(self) -> Socket:
        """By how much each point moves, in the space of the object: away from the camera while both are seen."""
        build = self._build
        camera = self._camera("RELATIVE")
        margin = build.math("MULTIPLY", "Margin", self._size, MARGIN)
        place = build.node("GeometryNodeInputPosition").outputs[0]
        ray = build.vector("SUBTRACT", "Ray", place, camera.outputs["Location"])
        share = build.math("DIVIDE", "", margin, self._distance)
        along_ray = build.scaled(ray, share, "Along the Ray")
        ahead = build.transformed("Direction", "Ahead", (0.0, 0.0, -1.0), camera.outputs["Transform"])
        along_axis = build.scaled(ahead, margin, "Along the Axis")
        chosen = build.node("ShaderNodeMix", data_type="VECTOR")
        sockets = [one for one in chosen.inputs if one.enabled]
        for socket, value in zip(sockets, (self._flat, along_ray, along_axis), strict=True):
            build.link(value, socket)
        return build.scaled(next(one for one in chosen.outputs if one.enabled), self._fading, "Behind the Field")

    def _closeness(self) -> Socket:
        build = self._build
        parts = build.node("FunctionNodeSeparateMatrix")
        build.link(self._lens.outputs["Projection Matrix"], parts.inputs[0])
        width = build.value(_WIDTH_NODE, 1920.0)
        build.drive_by_scene(
            width,
            "width * percentage / 100",
            width="render.resolution_x",
            percentage="render.resolution_percentage",
        )
        half = build.math("MULTIPLY", "", width, 0.5)
        focal = build.math("MULTIPLY", "Focal Length in Pixels", parts.outputs[0], half)
        pixels = build.math("MULTIPLY", "", focal, self._size)
        perspective = build.math("SUBTRACT", "", 1.0, self._flat)
        near = build.math("MULTIPLY", "", self._distance, perspective)
        divisor = build.math("ADD", "", near, self._flat)
        pixels = build.math("DIVIDE", "Pixels", pixels, divisor)
        limit = build.value(LIMIT_NODE, 1.0)
        by_size = build.math("DIVIDE", "", pixels, limit)
        by_distance = build.math("DIVIDE", "", limit, self._distance)
        choice = build.node("ShaderNodeMix", "Closeness", data_type="FLOAT")
        sockets = [one for one in choice.inputs if one.enabled]
        for socket, value in zip(sockets, (build.value(BY_DISTANCE_NODE, 0.0), by_size, by_distance), strict=True):
            build.link(value, socket)
        return next(one for one in choice.outputs if one.enabled)

    def _info(self, kind: str, space: str) -> Any:
        info = self._build.node("GeometryNodeObjectInfo", transform_space=space)
        source = self._build.node(kind)
        self._build.link(source.outputs[0], info.inputs["Object"])
        return info

    def _camera(self, space: str) -> Any:
        """Where the active camera is; `_lens` is how it looks."""
        info = self._info("GeometryNodeInputActiveCamera", space)
        if space == "ORIGINAL":
            self._lens = self._build.node("GeometryNodeCameraInfo")
            self._build.link(info.inputs["Object"].links[0].from_socket, self._lens.inputs[0])
        return info


def _light(build: _Build) -> Socket:
    """The light of each point: from Rec.709 to the working space, and exposed as the field is."""
    parts = []
    for name in LIGHT:
        node = build.node("GeometryNodeInputNamedAttribute", data_type="FLOAT")
        node.inputs["Name"].default_value = name
        parts.append(next(one for one in node.outputs if one.enabled))
    whole, matrix = build.node("ShaderNodeCombineXYZ"), build.node("FunctionNodeCombineMatrix", "Working Space")
    for part, socket in zip(parts, whole.inputs, strict=True):
        build.link(part, socket)
    for column, primary in enumerate(((1, 0, 0), (0, 1, 0), (0, 0, 1))):
        there: Any = Color(primary).from_rec709_linear_to_scene_linear()
        for row, value in enumerate(there):
            matrix.inputs[4 * column + row].default_value = value
    brought = build.transformed("Direction", "In the Working Space", whole.outputs[0], matrix.outputs[0])
    bright = build.math("POWER", "", 2.0, build.value(EXPOSURE_NODE, 0.0))
    return build.scaled(brought, bright, "Exposed")


def _into(build: _Build, source: Socket, node: Any, name: str) -> None:
    """Link to the socket of that name which the node's type of data has."""
    build.link(source, next(one for one in node.inputs if one.name == name and one.enabled))


def _out(node: Any) -> Socket:
    return next(one for one in node.outputs if one.enabled)
