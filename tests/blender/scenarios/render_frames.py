"""Puts a field into a scene and renders frames of it, each into a float picture of its own."""

from __future__ import annotations

from typing import Any

import bpy
from mathutils import Matrix


def main(
    folder: str, field: str, engine: str, order: list[int], animation: bool, changes: dict[str, Any]
) -> dict[str, Any]:
    """Render frames of `order` one by one, or all between its ends at once; paths of what was written."""
    scene = prepare(folder, field, engine, changes)
    scene.render.filepath = f"{folder}/frame_"
    if animation:
        scene.frame_start, scene.frame_end = min(order), max(order)
        bpy.ops.render.render(animation=True)
        return {"frames": {frame: f"{folder}/frame_{frame:04d}.exr" for frame in order}}
    for frame in order:
        scene.frame_set(frame)
        scene.render.filepath = f"{folder}/frame_{frame:04d}"
        bpy.ops.render.render(write_still=True)
    return {"frames": {frame: f"{folder}/frame_{frame:04d}.exr" for frame in order}}


def prepare(folder: str, field: str, engine: str, changes: dict[str, Any]) -> bpy.types.Scene:
    """A scene with the field alone, seen by a camera that moves along x by a tenth each frame."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/shot.blend")
    scene = bpy.context.scene
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(camera)
    scene.camera = camera
    for frame in (0, 20):
        camera.matrix_world = Matrix.Translation((0.1 * frame - 0.3, -5.0, 0.5)) @ Matrix.Rotation(1.4, 4, "X")
        camera.keyframe_insert("location", frame=frame)
    camera.keyframe_insert("rotation_euler", frame=0)
    for curve in curves(camera):
        for key in curve.keyframe_points:
            key.interpolation = "LINEAR"
    use(scene, engine)
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = 64, 48, 100
    render.film_transparent = True
    if bpy.app.version >= (5, 0, 0):
        render.image_settings.media_type = "IMAGE"
    render.image_settings.file_format = "OPEN_EXR"
    render.image_settings.color_mode = "RGBA"
    render.image_settings.color_depth = "32"
    bpy.ops.spacetimepilot.add_field(filepath=field)
    for path, value in changes.items():
        apply(scene, path, value)
    bpy.ops.spacetimepilot.set_up_compositing()
    return scene


def apply(scene: bpy.types.Scene, path: str, value: Any) -> None:
    """Set one: `field.X`, `object.X` (of the field object), `camera.X`, `camera object.X`, or a path of the scene."""
    thing = bpy.context.object
    if path == "keys":
        _key(thing, value)
        return
    if path == "twin":
        _add_twin(thing, value)
        return
    camera = scene.camera
    owners = {"field": thing.spacetimepilot, "object": thing, "camera": camera.data, "camera object": camera}
    head, _, rest = path.partition(".")
    owner = owners.get(head, scene)
    *between, name = (rest if head in owners else path).split(".")
    for part in between:
        owner = getattr(owner, part)
    setattr(owner, name, value)


def _key(thing: bpy.types.Object, values: dict[str, float]) -> None:
    """Animate Shot Time linearly through values by scene frame."""
    thing.spacetimepilot.mode = "keyed"
    for frame, value in values.items():
        thing.spacetimepilot.shot_time = value
        thing.keyframe_insert("spacetimepilot.shot_time", frame=int(frame))
    for curve in curves(thing):
        for key in curve.keyframe_points:
            key.interpolation = "LINEAR"


def _add_twin(thing: bpy.types.Object, place: list[float]) -> None:
    """A copy of the field elsewhere, frozen at an instant: x, y, z, shot frame."""
    twin = thing.copy()
    bpy.context.collection.objects.link(twin)
    twin.location = place[:3]
    twin.spacetimepilot.mode, twin.spacetimepilot.freeze_at = "freeze", place[3]


def curves(thing: bpy.types.Object) -> list[bpy.types.FCurve]:
    """The animation curves of an object."""
    strip = thing.animation_data.action.layers[0].strips[0]
    return list(strip.channelbag(thing.animation_data.action_slot).fcurves)


def use(scene: bpy.types.Scene, engine: str) -> None:
    """Choose a render engine by a name that holds in every version, at its cheapest."""
    if engine == "EEVEE":
        scene.render.engine = "BLENDER_EEVEE" if bpy.app.version >= (5, 0, 0) else "BLENDER_EEVEE_NEXT"
        scene.eevee.taa_render_samples = 1
    else:
        scene.render.engine = engine
        scene.cycles.samples = 1
        scene.cycles.device = "CPU"


def plane(name: str, size: float, place: Any, turned: Any, colour: tuple[float, float, float]) -> bpy.types.Object:
    """A square of one colour whatever the light."""
    bpy.ops.mesh.primitive_plane_add(size=size, location=place, rotation=turned)
    thing = bpy.context.object
    thing.name = name
    surface = bpy.data.materials.new(name)
    surface.use_nodes = True
    tree = surface.node_tree
    tree.nodes.clear()
    light, out = tree.nodes.new("ShaderNodeEmission"), tree.nodes.new("ShaderNodeOutputMaterial")
    light.inputs["Color"].default_value = (*colour, 1)
    tree.links.new(light.outputs[0], out.inputs["Surface"])
    thing.data.materials.append(surface)
    return thing
