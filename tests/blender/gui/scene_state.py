"""All of a scene that a field changes, as plain values: to be compared after undo, redo and reopening."""

from __future__ import annotations

from typing import Any

import bpy

_SHOWN_ONLY = {"RENDER_RESULT", "COMPOSITING"}
"""Images that show what was rendered last; no undo takes a render back."""


def scene_state() -> dict[str, Any]:
    """Objects, animation, node trees, images and settings of the scene, fit for JSON."""
    scene = bpy.context.scene
    render, tree = scene.render, scene.compositing_node_group
    return {
        "objects": {thing.name: _object(thing) for thing in scene.objects},
        "data": {
            "cameras": sorted(bpy.data.cameras.keys()),
            "actions": sorted(bpy.data.actions.keys()),
            "images": sorted(image.name for image in bpy.data.images if image.type not in _SHOWN_ONLY),
        },
        "trees": {tree.name: _tree(tree) for tree in bpy.data.node_groups},
        "compositing": tree.name if tree else "",
        "camera": scene.camera.name if scene.camera else "",
        "frame": scene.frame_current,
        "depth": bpy.context.view_layer.use_pass_z,
        "render": [
            render.engine,
            [render.resolution_x, render.resolution_y],
            [render.film_transparent, render.use_lock_interface, render.use_compositing],
            scene.view_settings.view_transform,
        ],
        "shot": _settings(scene.spacetimepilot),
    }


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What differs, in words; empty if nothing does."""
    return [f"{key}: {before[key]} became {after[key]}" for key in before if before[key] != after[key]]


def _object(thing: bpy.types.Object) -> list[Any]:
    places = (thing.location, thing.scale, thing.rotation_euler, thing.delta_location, thing.delta_scale)
    numbers = [[round(value, 5) for value in place] for place in places]
    # An animated object is where it is at the present frame, however that was come to.
    return [thing.type, [] if thing.animation_data else numbers, _settings(thing.spacetimepilot)]


def _tree(tree: bpy.types.NodeTree) -> list[Any]:
    ends = ((link.from_node.name, link.from_socket.name, link.to_node.name, link.to_socket.name) for link in tree.links)
    return [sorted(node.name for node in tree.nodes), sorted(list(end) for end in ends)]


def _settings(group: bpy.types.PropertyGroup) -> dict[str, Any]:
    names = [kind.identifier for kind in group.bl_rna.properties if kind.type in ("STRING", "ENUM", "BOOLEAN", "FLOAT")]
    return {name: _plain(getattr(group, name)) for name in names}


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | bool | int | float) else [round(number, 5) for number in value]
