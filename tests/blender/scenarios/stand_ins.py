"""A captured ball or box near, halfway to its stand-in, and far, where the stand-in is seen alone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from native_light import _render as render
from native_light import _scene as new_scene

PIXELS, DISTANCE, RANGE = 40.0, 9.0, 1.6


def main(act: str, folder: str, field: str) -> dict[str, Any]:
    """Do one of the acts below."""
    return {"switch": _switch, "lenses": _lenses, "sequence": _sequence, "undo": _undo}[act](folder, field)


def _switch(folder: str, field: str) -> dict[str, Any]:
    """Pictures with and without the stand-in, from near to far and hidden, and how many plates each has made."""
    scene, thing = _prepared(folder, field)
    _add_card()
    bpy.ops.spacetimepilot.make_stand_in()
    own = scene.objects["Stand-In ball"]
    found: dict[str, Any] = {}
    for merge in ("fast", "exact"):
        thing.spacetimepilot.merge = merge
        for name, closeness in (("near", 1.8), ("halfway", RANGE**0.5), ("far", 0.9)):
            _draw_away(scene, thing, closeness)
            seen = {}
            for way, hidden in (("with", False), ("without", True)):
                own.hide_render = hidden
                before = _plates(folder)
                seen[way] = render(scene, f"{merge} {name} {way}")
                seen[f"{way}, plates"] = len(_plates(folder) - before)
            found[f"{merge} {name}"] = seen
        thing.hide_render = own.hide_render = True
        found[f"{merge} hidden"] = render(scene, f"{merge} hidden")
        scene.render.use_compositing = False
        found[f"{merge} native"] = render(scene, f"{merge} native")
        scene.render.use_compositing = True
        thing.hide_render = own.hide_render = False
    thing.spacetimepilot.exposure = 1.0
    bpy.ops.spacetimepilot.make_stand_in()
    found["bright"] = render(scene, "bright")
    found["light"] = _seen_rays(scene.objects["Stand-In ball"])
    return found


def _lenses(folder: str, field: str) -> dict[str, Any]:
    """By kind of camera and closeness: how much of the field is asked for, and how many points its stand-in has; and
    where these are with the field gone and with the field seen as well. The field is moved, turned and scaled.
    """
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.plates.plates import needed_plates

    scene, thing = _prepared(folder, field)
    thing.location, thing.rotation_euler, thing.scale = (0.3, 2.0, -0.4), (0.4, 0.2, 1.0), (1.5, 1.5, 1.5)
    bpy.ops.spacetimepilot.make_stand_in()
    camera, render = scene.camera.data, scene.render
    found: dict[str, Any] = {}
    pushed = {}
    for kind, size, fit, by in (
        ("PERSP", (120, 90, 100), "AUTO", "size"),
        ("PERSP", (90, 120, 50), "VERTICAL", "size"),
        ("ORTHO", (120, 90, 100), "AUTO", "size"),
        ("PERSP", (120, 90, 100), "AUTO", "distance"),
    ):
        camera.type, camera.sensor_fit, thing.spacetimepilot.stand_in_by = kind, fit, by
        render.resolution_x, render.resolution_y, render.resolution_percentage = size
        rows = []
        for closeness in (0.5, 0.97, 1.03, RANGE * 0.97, RANGE * 1.05):
            _draw_away(scene, thing, closeness)
            depsgraph = bpy.context.evaluated_depsgraph_get()
            wanted = needed_plates(scene, depsgraph)
            rows.append([wanted[thing].fade if wanted else 0.0, len(_points(scene, depsgraph)[0])])
        name = f"{kind} {size[0]} {by}"
        found[name] = rows
        _draw_away(scene, thing, 1.3)
        pushed[name] = []
        for limit in (1.4, 1.0):
            # The camera stays: only now the field is wholly gone, and now it is not.
            _scale_limit(thing, limit)
            pushed[name].append(_points(scene, bpy.context.evaluated_depsgraph_get()))
    camera.type = "PANO"
    return {
        "found": found,
        "pushed": pushed,
        "refused": _refusal(bpy.ops.spacetimepilot.make_stand_in),
        **_no_camera(scene),
    }


def _sequence(folder: str, field: str) -> dict[str, Any]:
    """A box whose colours change, and one that is a frame behind; frames by the extension, a farm's folder, faults."""
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.cli_command import run
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.light.checking import light_faults

    scene, thing = _prepared(folder, field)
    settings = thing.spacetimepilot
    settings.mode, settings.speed, settings.scene_start = "follow", 1.0, 2
    scene.frame_start, scene.frame_end = 2, 4
    twin = thing.copy()
    scene.collection.objects.link(twin)
    twin.location, twin.spacetimepilot.scene_start = (2.6, 0.0, 0.0), 1
    bpy.ops.spacetimepilot.set_up_compositing()
    for frame, closeness in ((2, 1.9), (3, RANGE**0.5), (4, 0.8)):
        _draw_away(scene, thing, closeness)
        scene.camera.keyframe_insert("location", frame=frame)
    settings.exposure = 0.5
    settings.keyframe_insert("exposure", frame=2)
    settings.exposure = -0.5
    settings.keyframe_insert("exposure", frame=4)
    twin.select_set(True)
    bpy.ops.spacetimepilot.make_stand_in()
    bpy.ops.wm.save_mainfile()
    found: dict[str, Any] = {"pictures": {}, "made": sorted(path.name for path in Path(folder).glob(_SHARED))}
    for frame in (4, 2, 3):
        scene.frame_set(frame)
        found["pictures"][frame] = render(scene, f"addon_{frame:04d}")
    found["code"] = int(run(["prepare-farm", "--frames", "2", "4"]))
    found["kept"] = [own.spacetimepilot_stand_in.field.name for own in _stand_ins(scene)]
    found["faults"] = []
    for name, value in (("speed", 0.5), ("content_hash", "ab" * 32), ("use_crop", True), ("stand_in_range", 1.0)):
        former = getattr(settings, name)
        setattr(settings, name, value)
        found["faults"].append([_refused_frame(scene, 3), *light_faults(scene, bpy.context.view_layer, [2, 3])])
        setattr(settings, name, former)
    thing.animation_data_clear()
    settings.exposure = 2.0
    found["faults"].append([_refused_frame(scene, 3), *light_faults(scene, bpy.context.view_layer, [2, 3])])
    next(Path(folder).glob("spacetimepilot_stand_ins/box_*/stand_in_0003.ply")).unlink()
    found["faults"].append([_refused_frame(scene, 3), *light_faults(scene, bpy.context.view_layer, [2, 3])])
    return found


def _undo(folder: str, field: str) -> dict[str, Any]:
    """What there is in the .blend before, with stand-ins, after undoing them, and after removing others."""
    scene, thing = _prepared(folder, field)
    twin = thing.copy()
    scene.collection.objects.link(twin)
    twin.select_set(True)
    bpy.ops.ed.undo_push(message="Start")
    seen = [_there()]
    bpy.ops.spacetimepilot.make_stand_in("EXEC_DEFAULT", True)
    seen.append(_there())
    bpy.ops.ed.undo()
    seen.append(_there())
    scene = bpy.context.scene
    scene.objects["ball"].select_set(True)
    scene.objects["ball.001"].select_set(True)
    bpy.context.view_layer.objects.active = scene.objects["ball"]
    bpy.ops.spacetimepilot.make_stand_in()
    bpy.ops.spacetimepilot.remove_stand_in()
    seen.append(_there())
    bpy.ops.spacetimepilot.make_stand_in()
    bpy.ops.spacetimepilot.remove_field()
    return {"seen": seen, "left": [own.name for own in _stand_ins(scene)]}


_SHARED = "spacetimepilot_stand_ins/shared_*/*.ply"


def _prepared(folder: str, field: str) -> tuple[bpy.types.Scene, bpy.types.Object]:
    scene, thing = new_scene(folder, field)
    scene.camera.rotation_euler = (1.5707963, 0.0, 0.0)
    scene.cycles.samples = 32
    settings = thing.spacetimepilot
    settings.stand_in_pixels, settings.stand_in_range, settings.stand_in_detail = PIXELS, RANGE, 48
    settings.stand_in_distance = DISTANCE
    return scene, thing


def _draw_away(scene: bpy.types.Scene, thing: bpy.types.Object, closeness: float) -> None:
    """Put the camera before a field where it is so close."""
    camera, render, settings = scene.camera.data, scene.render, thing.spacetimepilot
    size = 2 * max(*thing.delta_scale) * max(*thing.scale)
    width, height = (side * render.resolution_percentage / 100 for side in (render.resolution_x, render.resolution_y))
    focal = camera.lens * (height if camera.sensor_fit == "VERTICAL" else width)
    focal /= camera.sensor_height if camera.sensor_fit == "VERTICAL" else camera.sensor_width
    pixels = closeness * settings.stand_in_pixels
    distance = focal * size / pixels
    if settings.stand_in_by == "distance":
        distance = settings.stand_in_distance / closeness
    if camera.type == "ORTHO":
        distance, camera.ortho_scale = 12.0, size * width / pixels
    scene.camera.location = thing.location
    scene.camera.location.y -= distance


def _scale_limit(thing: bpy.types.Object, factor: float) -> None:
    settings = thing.spacetimepilot
    settings.stand_in_pixels, settings.stand_in_distance = PIXELS * factor, DISTANCE / factor


def _points(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> tuple[list[list[float]], list[float]]:
    """Places in the picture, from -1 to 1, and depths of the stand-in's points."""
    own, camera = scene.objects["Stand-In ball"].evaluated_get(depsgraph), scene.camera.evaluated_get(depsgraph)
    project = camera.calc_matrix_camera(depsgraph, x=scene.render.resolution_x, y=scene.render.resolution_y)
    view = camera.matrix_world.normalized().inverted()
    places = [view @ (own.matrix_world @ vertex.co) for vertex in own.data.vertices]
    flat = [project @ place.to_4d() for place in places]
    return [[one[0] / one[3], one[1] / one[3]] for one in flat], [-place.z for place in places]


def _no_camera(scene: bpy.types.Scene) -> dict[str, Any]:
    scene.camera = None
    return {"without": _refusal(bpy.ops.spacetimepilot.make_stand_in)}


def _refusal(act: Any) -> str:
    try:
        act()
    except RuntimeError as error:
        return str(error)
    return ""


def _refused_frame(scene: bpy.types.Scene, frame: int) -> str:
    """What a render of a frame would be refused for."""
    from bl_ext.user_default.spacetimepilot_blender.bake.contract.errors import UserError
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.field.field_object import refresh_fields
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.light.checking import demand_light

    refresh_fields(scene)
    scene.frame_set(frame)
    try:
        demand_light(scene, bpy.context.evaluated_depsgraph_get())
    except UserError as error:
        return str(error)
    return ""


def _add_card() -> None:
    """A native card behind the ball, wider than it."""
    card = bpy.context.object
    bpy.ops.mesh.primitive_plane_add(size=4.0, location=(0.0, 2.5, 0.0), rotation=(1.5707963, 0.0, 0.0))
    surface = bpy.data.materials.new("Card")
    if not surface.use_nodes:
        surface.use_nodes = True
    tree = surface.node_tree
    tree.nodes.clear()
    light, out = tree.nodes.new("ShaderNodeEmission"), tree.nodes.new("ShaderNodeOutputMaterial")
    light.inputs["Color"].default_value = (0.05, 0.2, 0.6, 1)
    tree.links.new(light.outputs[0], out.inputs["Surface"])
    bpy.context.object.data.materials.append(surface)
    bpy.ops.object.select_all(action="DESELECT")
    card.select_set(True)
    bpy.context.view_layer.objects.active = card


def _seen_rays(own: bpy.types.Object) -> list[str]:
    kinds = ("camera", "diffuse", "glossy", "transmission", "volume_scatter", "shadow")
    return [kind for kind in kinds if getattr(own, f"visible_{kind}")]


def _plates(folder: str) -> set[Path]:
    return set(Path(folder).glob("spacetimepilot_plates/*.exr"))


def _stand_ins(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    return [thing for thing in scene.objects if thing.spacetimepilot_stand_in.field]


def _there() -> dict[str, Any]:
    return {
        kind: sorted(block.name for block in getattr(bpy.data, kind))
        for kind in ("objects", "meshes", "collections", "node_groups", "materials", "actions")
    }
