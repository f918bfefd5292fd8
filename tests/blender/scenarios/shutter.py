"""Renders a field through an open shutter and an open lens, and says which plates there were after each step."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from render_frames import apply, curves, prepare

FRAME = 4
MOTION = {
    "render.use_motion_blur": True,
    "render.motion_blur_position": "CENTER",
    "render.motion_blur_shutter": 0.5,
}
STEPS: dict[str, tuple[str, dict[str, Any]]] = {
    "sharp": ("CYCLES", {}),
    "made": ("CYCLES", MOTION),
    "centre": ("CYCLES", MOTION),
    "animation": ("CYCLES", MOTION),
    "start": ("CYCLES", {"render.motion_blur_position": "START", "render.motion_blur_shutter": 1.0}),
    "lens": (
        "CYCLES",
        {
            "render.use_motion_blur": False,
            "camera.dof.use_dof": True,
            "camera.dof.focus_distance": 2.0,
            "camera.dof.aperture_fstop": 0.1,
        },
    ),
    "in focus": ("CYCLES", {"focus": (0.0, 0.0, 0.5)}),
    "workbench": ("BLENDER_WORKBENCH", MOTION),
    "eevee": (
        "EEVEE",
        {**MOTION, "eevee.use_overscan": True, "eevee.overscan_size": 10.0, "camera.dof.use_dof": False},
    ),
}


def main(folder: str, field: str, steps: list[str]) -> dict[str, Any]:
    """Pictures by step, and plates that are there after each."""
    scene = prepare(folder, field, "CYCLES", {"field.quality": "standard"})
    thing = bpy.context.object
    _move(thing)
    scene.frame_set(1)
    written, plates = {}, {}
    for name in steps:
        engine, changes = STEPS[name]
        _change(scene, engine, changes)
        if name == "made":
            bpy.ops.spacetimepilot.make_plates(start=FRAME, end=FRAME)
            assert scene.frame_current == 1 and scene.frame_subframe == 0
        elif name == "animation":
            scene.frame_start, scene.frame_end = FRAME - 1, FRAME
            scene.render.filepath = f"{folder}/animation_"
            bpy.ops.render.render(animation=True)
            written[name] = f"{folder}/animation_{FRAME:04d}.exr"
        else:
            scene.frame_set(FRAME)
            scene.render.filepath = written[name] = f"{folder}/{name}.exr"
            bpy.ops.render.render(write_still=True)
            assert scene.frame_current == FRAME and scene.frame_subframe == 0
            scene.frame_set(1)
        plates[name] = sorted(path.name for path in Path(folder, "spacetimepilot_plates").glob("*"))
    return {"pictures": written, "plates": plates}


def _change(scene: bpy.types.Scene, engine: str, changes: dict[str, Any]) -> None:
    from render_frames import use

    use(scene, engine)
    for path, value in changes.items():
        if path == "focus":
            focus = bpy.data.objects.new("Focus", None)
            scene.collection.objects.link(focus)
            focus.location = value
            scene.camera.data.dof.focus_object = focus
        else:
            apply(scene, path, value)


def _move(thing: bpy.types.Object) -> None:
    """Along z, by a fifth each frame."""
    for frame in (0, 20):
        thing.location.z = 0.2 * frame - 0.8
        thing.keyframe_insert("location", index=2, frame=frame)
    for curve in curves(thing):
        for key in curve.keyframe_points:
            key.interpolation = "LINEAR"
