"""A native ball and a captured floor, or a captured ball that lights a native one: the catcher kit and surroundings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

WORLD = 0.3


def main(act: str, folder: str, *arguments: Any) -> dict[str, Any]:
    """Do one of the acts below."""
    acts = {"shadow": _shadow, "undo": _undo, "probe": _probe, "sequence": _sequence}
    return acts[act](folder, *arguments)


def _shadow(
    folder: str, field: str, place: list[float], radius: float, energy: float, turn: list[float], world: float
) -> dict[str, Any]:
    """The floor without shadows, with the black ball's shadow, and what other roles leave of the ball."""
    scene, thing = _scene(folder, field)
    _add_ball(black=True, place=place, radius=radius)
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.data.energy, sun.data.angle, sun.rotation_euler = energy, 0.01, turn
    scene.collection.objects.link(sun)
    _background(scene, world)
    bpy.context.view_layer.objects.active = thing
    found = {"bare": _render(scene, "bare")}
    bpy.ops.spacetimepilot.make_catcher(detail=96)
    for merge in ("fast", "exact"):
        thing.spacetimepilot.merge = merge
        found[merge] = _render(scene, merge)
    bpy.ops.spacetimepilot.use_catcher(role="holdout")
    scene.render.use_compositing = False
    scene.objects["Sphere"].location.z -= 1
    found["held out"] = _render(scene, "held out")
    bpy.ops.spacetimepilot.use_catcher(role="indirect")
    found["not held out"] = _render(scene, "not held out")
    found["layers"] = [layer.name for layer in scene.view_layers]
    return found


def _undo(folder: str, field: str) -> dict[str, Any]:
    """What there is in the .blend before, with the kit and a world, and after undoing both, one after the other."""
    scene, _ = _scene(folder, field)
    _background(scene, WORLD)
    bpy.ops.ed.undo_push(message="Start")
    seen = [_there()]
    bpy.ops.spacetimepilot.make_catcher("EXEC_DEFAULT", True, detail=16)
    seen.append(_there())
    bpy.ops.spacetimepilot.light_scene("EXEC_DEFAULT", True, width=16)
    seen.append(_there())
    for _ in range(2):
        bpy.ops.ed.undo()
        seen.append(_there())
    scene = bpy.context.scene
    bpy.context.view_layer.objects.active = scene.objects["slab"]
    bpy.ops.spacetimepilot.make_catcher(detail=16)
    bpy.ops.spacetimepilot.remove_catcher()
    return {"seen": seen, "removed": _there()}


def _probe(folder: str, field: str, place: list[float]) -> dict[str, Any]:
    """A native white ball beside a captured one, lit by it alone."""
    scene, thing = _scene(folder, field)
    _add_ball(black=False, place=place)
    ball = bpy.context.object
    _background(scene, 0.0)
    former = scene.world
    ball.select_set(True)
    bpy.context.view_layer.objects.active = thing
    bpy.ops.spacetimepilot.light_scene(place="object", width=128)
    scene.camera.location, scene.camera.rotation_euler = (place[0], place[1] - 1.2, place[2]), (1.5707963, 0, 0)
    scene.render.use_compositing = False
    return {
        "picture": _render(scene, "lit"),
        "kept": former.name in bpy.data.worlds and former != scene.world and former.use_fake_user,
    }


def _sequence(folder: str, field: str, acts: list[str]) -> dict[str, Any]:
    """Captured things that change: what the mesh of each frame is coloured, then a farm's folder, or a fault."""
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.cli_command import run

    scene, thing = _scene(folder, field)
    scene.frame_start, scene.frame_end = 2, 4
    scene.cycles.samples = 8
    _background(scene, WORLD)
    _add_ball(black=False, place=(0.5, -1.4, 0.9))
    bpy.context.view_layer.objects.active = thing
    found: dict[str, Any] = {"pictures": {}, "colours": []}
    bpy.ops.spacetimepilot.make_catcher(detail=24)
    scene.cursor.location = (0.0, -2.5, 0.0)
    bpy.ops.spacetimepilot.light_scene(width=32)
    for frame in (2, 3, 4):
        scene.frame_set(frame)
        mesh = scene.objects["Catcher box"].evaluated_get(bpy.context.evaluated_depsgraph_get()).data
        values = [0.0] * (4 * len(mesh.vertices))
        mesh.attributes["Col"].data.foreach_get("color", values)
        found["colours"].append(values[:40])
    bpy.ops.wm.save_mainfile()
    if "farm" in acts:
        for frame in (2, 3, 4):
            scene.frame_set(frame)
            found["pictures"][frame] = _render(scene, f"addon_{frame:04d}")
        before = _paths()
        found["code"] = int(run(["prepare-farm", "--frames", "2", "4"]))
        found["unchanged"] = before == _paths()
    if "lose mesh" in acts:
        next(Path(folder).glob("spacetimepilot_surfaces/*/surface_0003.ply")).unlink()
    if "retime" in acts:
        thing.spacetimepilot.speed = 2
    if "lose picture" in acts:
        next(Path(folder).glob("spacetimepilot_surroundings/*/surroundings_0003.exr")).unlink()
    if "render" in acts:
        scene.frame_set(3)
        found["code"] = int(run(["prepare-farm", "--frames", "2", "4"]))
        _render(scene, "faulty")
    return found


def _paths() -> list[Any]:
    return [
        *((image.name, image.source, image.filepath) for image in bpy.data.images),
        *(
            socket.default_value
            for group in bpy.data.node_groups
            for node in group.nodes
            for socket in node.inputs
            if socket.type == "STRING"
        ),
        *(bool(thing.spacetimepilot_catcher.field) for thing in bpy.data.objects),
        *(bool(world.spacetimepilot.field) for world in bpy.data.worlds),
    ]


def _there() -> dict[str, Any]:
    scene = bpy.context.scene
    tree = scene.compositing_node_group if bpy.app.version >= (5, 0, 0) else scene.node_tree
    return {
        "objects": sorted(thing.name for thing in bpy.data.objects),
        "collections": sorted(one.name for one in bpy.data.collections),
        "layers": [layer.name for layer in scene.view_layers],
        "groups": sorted(group.name for group in bpy.data.node_groups),
        "materials": sorted(one.name for one in bpy.data.materials),
        "nodes": sorted(node.name for node in tree.nodes),
        "links": len(tree.links),
        "worlds": sorted(world.name for world in bpy.data.worlds),
        "world": scene.world.name,
    }


def _scene(folder: str, field: str) -> tuple[bpy.types.Scene, bpy.types.Object]:
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/shot.blend")
    scene = bpy.context.scene
    scene.frame_start = scene.frame_end = 1
    scene.render.engine, scene.cycles.samples, scene.cycles.device = "CYCLES", 128, "CPU"
    scene.cycles.use_denoising = False
    scene.render.resolution_x, scene.render.resolution_y = 120, 90
    scene.render.film_transparent = True
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.location, camera.rotation_euler = (0.0, -4.0, 2.4), (1.0, 0.0, 0.0)
    scene.collection.objects.link(camera)
    scene.camera = camera
    bpy.ops.spacetimepilot.add_field(filepath=field)
    bpy.ops.spacetimepilot.set_up_compositing()
    return scene, bpy.context.object


def _background(scene: bpy.types.Scene, strength: float) -> None:
    world = scene.world = bpy.data.worlds.new("Former")
    if not world.use_nodes:
        world.use_nodes = True
    background = world.node_tree.nodes["Background"].inputs
    background["Color"].default_value, background["Strength"].default_value = (1, 1, 1, 1), strength


def _add_ball(black: bool, place: Any, radius: float = 0.25) -> None:
    bpy.ops.mesh.primitive_uv_sphere_add(radius=radius, segments=64, ring_count=32, location=place)
    bpy.ops.object.shade_smooth()
    surface = bpy.data.materials.new("Ball")
    if not surface.use_nodes:
        surface.use_nodes = True
    tree = surface.node_tree
    tree.nodes.clear()
    matter, out = tree.nodes.new("ShaderNodeBsdfDiffuse"), tree.nodes.new("ShaderNodeOutputMaterial")
    matter.inputs["Color"].default_value = (0, 0, 0, 1) if black else (1, 1, 1, 1)
    tree.links.new(matter.outputs[0], out.inputs["Surface"])
    bpy.context.object.data.materials.append(surface)


def _render(scene: bpy.types.Scene, name: str) -> str:
    settings = scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth = "OPEN_EXR", "RGBA", "32"
    scene.render.filepath = f"{Path(bpy.data.filepath).parent}/{name}.exr"
    bpy.ops.render.render(write_still=True)
    return scene.render.filepath
