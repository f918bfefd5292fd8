"""Taking meshes that come from a field out of the .blend, with all that nobody else uses."""

from __future__ import annotations

from typing import Any

import bpy


def remove_mesh_object(thing: bpy.types.Object) -> None:
    """Remove an object, its mesh, its collection if that is empty then, its geometry nodes and their material."""
    mesh: Any = thing.data
    groups = [modifier.node_group for modifier in thing.modifiers]
    collections = list(thing.users_collection)
    bpy.data.objects.remove(thing)
    bpy.data.meshes.remove(mesh)
    for collection in collections:
        if not collection.objects and not collection.children:
            bpy.data.collections.remove(collection)
    for group in groups:
        if group is not None and not group.users:
            _remove_look(group)


def _remove_look(group: bpy.types.NodeTree) -> None:
    materials = [node.inputs["Material"].default_value for node in group.nodes if "Material" in node.inputs]
    bpy.data.node_groups.remove(group)
    for material in materials:
        if material is not None and not material.users:
            bpy.data.materials.remove(material)
