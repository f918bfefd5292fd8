"""Layers of a field's plates in the compositing: switched on and off, wired, and rendered."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from render_frames import curves, prepare

FRAME = 5
KINDS = ("position", "normal", "vector", "mattes", "confidence")
SOCKETS = ("Field Position", "Field Normal", "Field Vector", "Field Moving", "Field Confidence")


def main(folder: str, field: str) -> dict[str, Any]:
    """Pictures by name, the layered plate, and what sockets and links there were at every stage."""
    scene = prepare(folder, field, "CYCLES", {})
    scene.render.resolution_x, scene.render.resolution_y = 96, 72
    thing = bpy.context.object
    thing.name = "Ball"
    move(thing)
    tree = scene.compositing_node_group if bpy.app.version >= (5, 0, 0) else scene.node_tree
    node = next(node for node in tree.nodes if node.bl_idname == "CompositorNodeGroup")
    end = next(node for node in tree.nodes if node.bl_idname in ("NodeGroupOutput", "CompositorNodeComposite"))
    show = Show(scene, tree, end, folder)
    found: dict[str, Any] = {"sockets": {"off": _names(node)}}
    for kind in KINDS:
        setattr(thing.spacetimepilot, f"layer_{kind}", True)
    thing.spacetimepilot.deep_plates = True
    found["sockets"]["on"] = _names(node)
    for name in SOCKETS:
        show.output(name, node.outputs[name])
    found["frame"] = [scene.frame_current, scene.frame_subframe]
    image = node.node_tree.spacetimepilot.image
    found["plate"] = bpy.path.abspath(image.filepath)
    show.matte("object", image, "CryptoObject", "Ball")
    show.matte("still", image, "CryptoMotion", "still")
    show.blurred("blurred", node)
    tree.links.new(node.outputs["Field Vector"], end.inputs[0])
    thing.spacetimepilot.layer_vector = thing.spacetimepilot.layer_normal = False
    found["sockets"]["two off"] = _names(node)
    found["kept"] = [link.from_socket.name for link in tree.links if link.to_socket == end.inputs[0]]
    show.again("vector off")
    thing.hide_render, thing.spacetimepilot.layer_vector = True, True
    show.again("hidden")
    thing.hide_render = False
    show.again("vector again")
    found["native"] = _native(scene, thing, folder)
    return {**found, "pictures": show.pictures}


class Show:
    """Renders what is asked for, each into a picture of its own."""

    def __init__(self, scene: bpy.types.Scene, tree: bpy.types.NodeTree, end: bpy.types.Node, folder: str) -> None:
        self._scene, self._tree, self._end, self._folder = scene, tree, end, folder
        self.pictures: dict[str, str] = {}

    def again(self, name: str) -> None:
        """What is shown now."""
        self._scene.frame_set(FRAME)
        path = f"{self._folder}/{name.replace(' ', '_')}"
        self._scene.render.filepath = path
        bpy.ops.render.render(write_still=True)
        self.pictures[name] = f"{path}.exr"

    def output(self, name: str, socket: bpy.types.NodeSocket) -> None:
        """A socket."""
        self._tree.links.new(socket, self._end.inputs[0])
        self.again(name)

    def matte(self, name: str, image: bpy.types.Image, layer: str, matte: str) -> None:
        """What Blender's own Cryptomatte node finds in the plate."""
        node = self._tree.nodes.new("CompositorNodeCryptomatteV2")
        node.source, node.image = "IMAGE", image
        node.layer_name, node.matte_id = layer, matte
        self.output(name, node.outputs["Matte"])
        self._tree.nodes.remove(node)

    def blurred(self, name: str, group: bpy.types.Node) -> None:
        """The field, blurred by Blender's own Vector Blur node."""
        node = self._tree.nodes.new("CompositorNodeVecBlur")
        for socket in node.inputs:
            given = {"Image": "Field", "Z": "Field Depth", "Speed": "Field Vector", "Vector": "Field Vector"}
            if socket.name in given:
                self._tree.links.new(group.outputs[given[socket.name]], socket)
        self.output(name, node.outputs[0])
        self._tree.nodes.remove(node)


def _names(node: bpy.types.Node) -> list[str]:
    return [socket.name for socket in node.outputs]


def move(thing: bpy.types.Object) -> None:
    """Along x by 0.2 a frame up to FRAME, and down by 0.1 a frame from there on."""
    for frame, place in ((FRAME - 3, (-0.6, 0, 0)), (FRAME, (0, 0, 0)), (FRAME + 3, (0, 0, -0.3))):
        thing.location = place
        thing.keyframe_insert("location", frame=frame)
    for curve in curves(thing):
        for key in curve.keyframe_points:
            key.interpolation = "LINEAR"


def _native(scene: bpy.types.Scene, thing: bpy.types.Object, folder: str) -> str:
    """A native plane that moves as the field does, alone and with Blender's own passes."""
    bpy.ops.mesh.primitive_plane_add(size=0.8, rotation=(1.3, 0, 0.2))
    bpy.context.object.parent = thing
    layer = bpy.context.view_layer
    layer.use_pass_vector = layer.use_pass_position = layer.use_pass_cryptomatte_object = True
    scene.render.use_compositing = False
    if bpy.app.version >= (5, 0, 0):
        scene.render.image_settings.media_type = "MULTI_LAYER_IMAGE"
    scene.render.image_settings.file_format = "OPEN_EXR_MULTILAYER"
    scene.render.filepath = f"{folder}/native"
    scene.frame_set(FRAME)
    bpy.ops.render.render(write_still=True)
    return f"{folder}/native.exr"
