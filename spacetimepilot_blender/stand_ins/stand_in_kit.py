"""Stand-ins in a scene: one mesh object for each field that has one, which follows the field object."""

from __future__ import annotations

import bpy
from mathutils import Matrix

from ..field.field_object import capture_to_box
from ..light.layers import SHADOW_LAYER, show_only_in
from ..light.made_files import MadeFiles
from ..light.removing import remove_mesh_object
from ..paths import relative
from ..plates.compositing import rebuild
from ..shot_time.field_time import stretch
from ..shot_time.keyframes import curve_of
from .stand_in_look import stand_in_material, stand_in_nodes
from .switching import EXPOSURE_NODE, looks_of, nodes_of, stand_in_of, stand_ins_of, tell_switch

COLLECTION = "Stand-Ins"
_EXPOSURE = "spacetimepilot.exposure"
_SAME_EXPOSURE = 5e-3
"""Stops."""


def make_stand_in(scene: bpy.types.Scene, thing: bpy.types.Object, made: MadeFiles, frames: range) -> bpy.types.Object:
    """Put the stand-in of a field into a scene, in place of one that may be there."""
    remove_stand_in(scene, thing)
    name = f"Stand-In {thing.name}"
    own = bpy.data.objects.new(name, bpy.data.meshes.new(name))
    _collection(scene).objects.link(own)
    own.parent = thing
    own.matrix_parent_inverse = Matrix(capture_to_box(thing).tolist())
    own.hide_select = True
    # A field is in no mirror and has no shadow; what takes its place has neither, or the change would be seen there.
    own.visible_diffuse = own.visible_glossy = own.visible_transmission = False
    own.visible_volume_scatter = own.visible_shadow = False
    settings = own.spacetimepilot_stand_in
    settings.field, settings.folder, settings.made_for = thing, relative(made.folder), looks_of(thing)
    group = stand_in_nodes(name, thing, made, stand_in_material(name), stretch(scene))
    own.modifiers.new(name, "NODES").node_group = group
    tell_switch(thing)
    # A group from before may be no larger than its plate, and there is none where the stand-in is seen alone.
    rebuild(thing)
    _expose(scene, thing, own, frames)
    return own


def remove_stand_in(scene: bpy.types.Scene, thing: bpy.types.Object) -> bool:
    """Take a field's stand-in out of a scene; whether it had one."""
    own = stand_in_of(scene.objects, thing)
    if own is not None:
        remove_mesh_object(own)
    return own is not None


def stand_in_fault(scene: bpy.types.Scene, thing: bpy.types.Object, frame: float, again: str) -> str:
    """What a field's stand-in shows otherwise than the field at a scene frame, as a sentence; "" for nothing.

    Parameters
    ----------
    thing : Object
        The field; evaluated for the frame, if it is.
    """
    own = stand_in_of(scene.objects, thing.original)
    if own is None:
        return ""
    if own.spacetimepilot_stand_in.made_for != looks_of(thing):
        return f"The stand-in of {thing.name} was made for another crop or exposure. Press {again} again."
    at, group = frame * stretch(scene), nodes_of(own)
    socket = group.nodes[EXPOSURE_NODE].outputs[0]
    shown = _value_at(group, socket.path_from_id("default_value"), socket.default_value, at)
    wanted = _value_at(thing.original, _EXPOSURE, thing.spacetimepilot.exposure, at)
    if abs(shown - wanted) > _SAME_EXPOSURE:
        return (
            f"The stand-in of {thing.name} is exposed by {shown:.2f} stops at frame {frame:g}, but the field by "
            f"{wanted:.2f}. Press {again} again."
        )
    return ""


def _value_at(owner: bpy.types.Object | bpy.types.NodeTree, path: str, value: float, at: float) -> float:
    """What is keyed at a stretched frame, or `value` where nothing is."""
    curve = curve_of(owner, path)
    return float(value if curve is None else curve.evaluate(at))


def _collection(scene: bpy.types.Scene) -> bpy.types.Collection:
    """Where the scene's stand-ins are; a collection of their own can be left out of view layers."""
    others = stand_ins_of(scene.objects)
    if others:
        return others[0].users_collection[0]
    made = bpy.data.collections.new(COLLECTION)
    scene.collection.children.link(made)
    if SHADOW_LAYER in scene.view_layers:
        show_only_in(scene, made, shadows=False)
    return made


def _expose(scene: bpy.types.Scene, thing: bpy.types.Object, own: bpy.types.Object, frames: range) -> None:
    """Let the stand-in be as bright as the field, frame by frame where that is keyed."""
    socket = nodes_of(own).nodes[EXPOSURE_NODE].outputs[0]
    socket.default_value = thing.spacetimepilot.exposure
    curve = curve_of(thing, _EXPOSURE)
    if curve is None:
        return
    for frame in frames:
        at = frame * stretch(scene)
        socket.default_value = curve.evaluate(at)
        socket.keyframe_insert("default_value", frame=at)
