"""Does and undoes what edits the scene, as an artist does with Ctrl+Z."""

from __future__ import annotations

from typing import Any

import bpy


def main(folder: str, field: str) -> dict[str, Any]:
    """What there is after each step."""
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/shot.blend")
    bpy.ops.ed.undo_push(message="Start")
    act = bpy.ops.spacetimepilot
    seen = [_there()]
    for step in (
        lambda: act.add_field("EXEC_DEFAULT", True, filepath=field),
        lambda: act.set_up_compositing("EXEC_DEFAULT", True),
        lambda: act.remove_field("EXEC_DEFAULT", True),
        lambda: act.add_stream("EXEC_DEFAULT", True),
    ):
        step()
        seen.append(_there())
    undone = []
    for _ in range(4):
        bpy.ops.ed.undo()
        undone.append(_there())
    return {"done": seen, "undone": undone}


def _there() -> list[Any]:
    scene = bpy.context.scene
    tree = scene.compositing_node_group if bpy.app.version >= (5, 0, 0) else (scene.use_nodes and scene.node_tree)
    nodes = sorted(node.label or node.bl_idname for node in tree.nodes) if tree else []
    return [sorted(thing.name for thing in scene.objects), nodes, len(scene.spacetimepilot.streams)]
