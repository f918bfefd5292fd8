"""What an artist does with the extension, as a script for Blender: bake footage, add geometry, move camera and time.

    python film.py install ZIP        puts the extension into the user folder that BLENDER_USER_RESOURCES names
    python film.py film FOOTAGE OUT   bakes, sets up the shot and renders its frames to OUT/frames

Run by demo/make_demo.py with the Python that has the bpy wheel.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path

import bpy
from mathutils import Matrix
from plan import CAMERA, FRAMES, PLAN, SIZE, planned

EXTENSION = "bl_ext.user_default.spacetimepilot_blender"
MINUTES = 3.5


def install(package: Path) -> None:
    """As by dropping the zip on Blender's window."""
    bpy.ops.extensions.package_install_files(
        filepath=str(package), repo="user_default", enable_on_install=True, overwrite=True
    )


def film(footage: Path, out: Path) -> None:
    """The whole way from footage to frames."""
    import addon_utils  # Found only once bpy is there.

    addon_utils.enable(EXTENSION, default_set=True, persistent=True)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(out / "books.blend"))
    scene = bpy.context.scene
    bake(scene, footage)
    add_field()
    document = json.loads(footage.read_text(encoding="utf-8"))
    add_camera(scene, document)
    add_geometry(scene)
    render(scene, out)


def bake(scene: bpy.types.Scene, footage: Path) -> None:
    """Check and bake; an operator that fails raises."""
    shot = scene.spacetimepilot
    shot.footage_path = str(footage)
    shot.output_path = "//books.stp"
    shot.minutes = MINUTES
    bpy.ops.spacetimepilot.check_footage()
    bpy.ops.spacetimepilot.bake()


def add_field() -> None:
    """The field, its shot time by keys, a little brighter than it was filmed."""
    bpy.ops.spacetimepilot.add_field()
    bpy.ops.spacetimepilot.set_up_compositing()
    field = bpy.context.object
    settings = field.spacetimepilot
    settings.mode = "keyed"
    settings.exposure = 1.5
    for frame, (_, shot_frame) in PLAN.items():
        settings.shot_time = shot_frame
        field.keyframe_insert("spacetimepilot.shot_time", frame=frame)


def add_camera(scene: bpy.types.Scene, footage: dict) -> None:
    """A camera like the one that filmed, on a part of its path."""
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(camera)
    scene.camera = camera
    camera.data.sensor_width = 36
    camera.data.lens = footage["fl_x"] / footage["w"] * 36
    camera.data.clip_start, camera.data.clip_end = 0.002, 10
    camera.rotation_mode = "QUATERNION"
    poses = [Matrix(frame["transform_matrix"]) for frame in footage["frames"]]
    for frame in range(1, FRAMES + 1):
        camera.matrix_world = between(poses, planned(frame, CAMERA))
        camera.keyframe_insert("location", frame=frame)
        camera.keyframe_insert("rotation_quaternion", frame=frame)


def between(poses: list[Matrix], place: float) -> Matrix:
    """A pose between two neighbours on the path."""
    number = min(int(place), len(poses) - 2)
    one, other = poses[number].decompose(), poses[number + 1].decompose()
    share = place - number
    turned = one[1].slerp(other[1], share)
    return Matrix.Translation(one[0].lerp(other[0], share)) @ turned.to_matrix().to_4x4()


def add_geometry(scene: bpy.types.Scene) -> None:
    """Native things among the filmed ones, and light for them."""
    amber = material("Amber", (0.9, 0.42, 0.05), metallic=0.0, roughness=0.2)
    teal = material("Teal", (0.02, 0.42, 0.42), metallic=0.0, roughness=0.25)
    pearl = material("Pearl", (0.85, 0.8, 0.75), metallic=0.0, roughness=0.15)
    bpy.ops.mesh.primitive_uv_sphere_add(radius=0.03, segments=48, ring_count=24, location=(-0.165, 0.36, -0.056))
    dress(amber)
    bpy.ops.mesh.primitive_monkey_add(size=0.062, location=(0.005, 0.262, -0.032), rotation=(0.1, 0.0, 0.25))
    dress(teal)
    bpy.ops.mesh.primitive_torus_add(
        major_radius=0.03, minor_radius=0.009, major_segments=64, minor_segments=24, location=(0.155, 0.25, -0.062)
    )
    dress(pearl)
    ring = bpy.context.object
    for frame, turn in ((1, 0.0), (FRAMES, 6.28)):
        ring.rotation_euler = (1.57, 0.0, turn)
        ring.keyframe_insert("rotation_euler", frame=frame)
    light_up(scene)


def material(name: str, colour: tuple[float, float, float], metallic: float, roughness: float) -> bpy.types.Material:
    """A plain surface."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    surface = made.node_tree.nodes["Principled BSDF"].inputs
    surface["Base Color"].default_value = (*colour, 1.0)
    surface["Metallic"].default_value = metallic
    surface["Roughness"].default_value = roughness
    return made


def dress(surface: bpy.types.Material) -> None:
    """Give the active object its surface, and smooth it."""
    bpy.ops.object.shade_smooth()
    bpy.context.object.data.materials.append(surface)


def light_up(scene: bpy.types.Scene) -> None:
    """A window's light from the right, as in the footage, and a dim room."""
    world = bpy.data.worlds.new("World")
    world.use_nodes = True
    background = world.node_tree.nodes["Background"].inputs
    background["Color"].default_value = (0.55, 0.6, 0.75, 1.0)
    background["Strength"].default_value = 0.4
    scene.world = world
    window = bpy.data.objects.new("Window", bpy.data.lights.new("Window", "AREA"))
    window.data.size, window.data.energy = 0.3, 0.9
    window.matrix_world = Matrix.Translation((0.35, -0.05, 0.35)) @ Matrix.Rotation(0.9, 4, (0.75, 0.66, 0.0))
    scene.collection.objects.link(window)


def render(scene: bpy.types.Scene, out: Path) -> None:
    """All frames, through the compositor."""
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 24
    scene.cycles.use_denoising = False
    scene.cycles.device = "CPU"
    scene.view_settings.view_transform = "Standard"
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    scene.frame_start, scene.frame_end = 1, FRAMES
    scene.render.filepath = str(out / "frames" / "####")
    bpy.ops.wm.save_mainfile()
    bpy.ops.render.render(animation=True)


def main(words: list[str]) -> None:
    """Do it, and leave for certain when it fails."""
    try:
        if words[0] == "install":
            install(Path(words[1]))
        else:
            film(Path(words[1]), Path(words[2]))
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
