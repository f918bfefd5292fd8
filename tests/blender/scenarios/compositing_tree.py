"""Puts fields into an artist's own compositing and takes them out again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from render_frames import prepare


def main(folder: str, field: str) -> dict[str, Any]:
    """The links of the tree at every stage, as sorted lines of text."""
    scene = prepare(folder, field, "CYCLES", {})
    bpy.ops.spacetimepilot.remove_compositing()
    tree = scene.compositing_node_group if bpy.app.version >= (5, 0, 0) else scene.node_tree
    layers = next(node for node in tree.nodes if node.bl_idname == "CompositorNodeRLayers")
    end = next(node for node in tree.nodes if node.bl_idname in ("NodeGroupOutput", "CompositorNodeComposite"))
    blur, viewer = tree.nodes.new("CompositorNodeBlur"), tree.nodes.new("CompositorNodeViewer")
    tree.links.new(layers.outputs["Image"], blur.inputs[0])
    tree.links.new(blur.outputs[0], end.inputs[0])
    tree.links.new(layers.outputs["Image"], viewer.inputs[0])
    thing = bpy.context.object
    thing.name = "One"
    twin = thing.copy()
    twin.name = "Two"
    scene.collection.objects.link(twin)
    counts = _counts()
    stages = {"before": _links(tree)}
    scene.render.film_transparent = False
    thing.spacetimepilot.opaque = True
    bpy.ops.spacetimepilot.set_up_compositing()
    stages["both"] = _links(tree)
    settings = [_settings(scene)]
    try:
        bpy.ops.spacetimepilot.set_up_compositing()
        again = "done twice"
    except RuntimeError as error:
        again = str(error)
    bpy.context.view_layer.objects.active = thing
    bpy.ops.spacetimepilot.remove_field()
    stages["one"] = _links(tree)
    settings.append(_settings(scene))
    bpy.ops.spacetimepilot.remove_compositing()
    stages["after"] = _links(tree)
    settings.append(_settings(scene))
    left = {kind: count - counts[kind] for kind, count in _counts().items()}
    return {"stages": stages, "settings": settings, "again": again, "left": left}


def _links(tree: bpy.types.NodeTree) -> list[str]:
    def end(node: bpy.types.Node, socket: bpy.types.NodeSocket) -> str:
        return f"{node.label or node.bl_idname.removeprefix('Compositor')}.{socket.name}"

    return sorted(f"{end(x.from_node, x.from_socket)} > {end(x.to_node, x.to_socket)}" for x in tree.links)


def _settings(scene: bpy.types.Scene) -> list[bool]:
    return [scene.render.film_transparent, scene.render.use_lock_interface, scene.view_layers[0].use_pass_z]


def _counts() -> dict[str, int]:
    return {"images": len(bpy.data.images), "groups": len(bpy.data.node_groups)}
