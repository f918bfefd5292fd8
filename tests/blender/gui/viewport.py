"""What a viewport shows of a field, in the window of the complete Blender: held to a render.

Run by `real-blender gui` after `artist.py`, which leaves a baked field.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import real_blender as rb
from bpy_extras.view3d_utils import location_3d_to_region_2d

HOST = "bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender"
WORK = Path(os.environ["SPACETIMEPILOT_GUI_WORK"])
_PICTURE_SECONDS = 180
_SCRUBBED = 24
_RENDERED_SECONDS = 20
"""Until both engines have drawn what they draw; the first time they make shaders."""
_SIZE = (480, 270)
_OVERLAID = (
    *("show_floor", "show_axis_x", "show_axis_y", "show_axis_z", "show_cursor", "show_text", "show_extras"),
    *("show_object_origins", "show_outline_selected", "show_relationship_lines"),
)
_ALIKE = 0.98
"""How far the silhouettes of native against field must overlap in viewport and render."""
_COLOURS_OFF = 4.0


def steps() -> Iterator[float]:
    """One look, one render, and a look from elsewhere."""
    _prepare()
    yield 1
    yield from _rest()
    rb.shot(str(WORK / "screenshots/10_viewport.png"))
    in_viewport = _seen_in_viewport(WORK / "screenshots/10_viewport.png")
    rendered = WORK / "viewport_render.png"
    _render(rendered)
    overlap = _overlap(_green(in_viewport), _green(rendered))
    print(f"silhouettes of native against field in viewport and render overlap by {overlap:.1%}", flush=True)
    assert overlap >= _ALIKE, overlap
    off = _colours_off(in_viewport, rendered)
    print(f"colours of viewport and render differ by {off:.1f} of 255 in the median", flush=True)
    assert off < _COLOURS_OFF, off
    yield from _rendered_shading(in_viewport)
    yield from _orbit()


def watch() -> Any:
    """What the extension keeps for viewports."""
    return sys.modules[f"{HOST}.viewport"].watch()


def _prepare() -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(WORK / "viewport.blend"))
    scene = bpy.context.scene
    for name in ("Cube", "Light", "Camera"):
        bpy.data.objects.remove(bpy.data.objects[name])
    with rb.context():
        bpy.ops.spacetimepilot.add_field(filepath=str(WORK / "shot.stp"))
        bpy.context.object.name = "shot"
        bpy.ops.spacetimepilot.add_footage_camera()
        bpy.ops.mesh.primitive_cube_add(size=0.9, location=(0.25, 0.1, 0.0), rotation=(0.3, 0.5, 0.2))
        _paint(bpy.context.object)
    scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 16, False
    scene.render.resolution_x, scene.render.resolution_y = _SIZE
    scene.view_settings.view_transform = "Standard"
    scene.frame_start, scene.frame_end = 1, _SCRUBBED
    with rb.context():
        bpy.ops.spacetimepilot.set_up_compositing()
        bpy.ops.view3d.view_camera()
    space = rb.view3d().spaces.active
    space.shading.type, space.shading.light, space.shading.color_type = "SOLID", "FLAT", "SINGLE"
    space.shading.single_color = (0.0, 1.0, 0.0)
    space.overlay.show_overlays = False
    scene.frame_set(5)


def _paint(thing: bpy.types.Object) -> None:
    """Pure green whatever the light."""
    surface = bpy.data.materials.new("Green")
    surface.use_nodes = True
    tree = surface.node_tree
    tree.nodes.clear()
    light, out = tree.nodes.new("ShaderNodeEmission"), tree.nodes.new("ShaderNodeOutputMaterial")
    light.inputs["Color"].default_value = (0.0, 1.0, 0.0, 1.0)
    tree.links.new(light.outputs[0], out.inputs["Surface"])
    thing.data.materials.append(surface)


def _rest() -> Iterator[float]:
    """Wait for the whole picture."""
    until = time.monotonic() + _PICTURE_SECONDS
    while time.monotonic() < until:
        yield 0.5
        if watch() is not None and watch().shown() == ["picture 1/1"]:
            return
    raise AssertionError(f"no picture: {watch() and (watch().shown(), watch().failures)}")


def _rendered_shading(solid: Path) -> Iterator[float]:
    """Where viewports render themselves, a field hides and is hidden as it is in solid shading.

    Blender leaves depth there to what draws overlays; all that these would add to the picture is off. Without overlays
    a field has to be seen all the same.
    """
    scene, space = bpy.context.scene, rb.view3d().spaces.active
    shading, overlay = space.shading, space.overlay
    for name in _OVERLAID:
        setattr(overlay, name, False)
    engine, scene.cycles.preview_samples, scene.eevee.taa_samples = scene.render.engine, 8, 4
    before = _green(solid)
    for other in ("CYCLES", "BLENDER_EEVEE"):
        scene.render.engine, shading.type, overlay.show_overlays = other, "RENDERED", True
        yield _RENDERED_SECONDS
        yield from _rest()
        path = WORK / f"screenshots/10_rendered_{other.lower()}.png"
        rb.shot(str(path))
        overlap = _overlap(before, _green(_seen_in_viewport(path)))
        print(f"{other}: silhouettes in rendered and solid shading overlap by {overlap:.1%}", flush=True)
        assert overlap >= _ALIKE, overlap
        overlay.show_overlays = False
        yield 3
        rb.shot(str(path.with_stem(f"{path.stem}_bare")))
        bare, whole = (_red(_seen_in_viewport(one)) for one in (path.with_stem(f"{path.stem}_bare"), path))
        assert bare >= whole > 1000, (bare, whole)
    scene.render.engine, shading.type = engine, "SOLID"


def _seen_in_viewport(whole: Path) -> Path:
    """What a screenshot shows within the camera's frame, in the render's size."""
    region, seen = rb.region(), rb.view3d().spaces.active.region_3d
    camera = bpy.context.scene.camera
    frame = [camera.matrix_world @ corner for corner in camera.data.view_frame(scene=bpy.context.scene)]
    corners = np.array([location_3d_to_region_2d(region, seen, corner) for corner in frame])
    left, right = region.x + corners[:, 0].min(), region.x + corners[:, 0].max()
    top = rb.window().height - (region.y + corners[:, 1].max())
    bottom = rb.window().height - (region.y + corners[:, 1].min())
    box = f"{round(right - left)}x{round(bottom - top)}+{round(left)}+{round(top)}"
    cut = WORK / f"{whole.stem}_cut.png"
    subprocess.run(["convert", str(whole), "-crop", box, "+repage", "-resize", "480x270!", str(cut)], check=True)
    return cut


def _render(path: Path) -> None:
    bpy.context.scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)


def _pixels(path: Path) -> np.ndarray:
    image = bpy.data.images.load(str(path))
    pixels = np.array(image.pixels[:], dtype=np.float32).reshape(image.size[1], image.size[0], -1)
    bpy.data.images.remove(image)
    return pixels[..., :3]


def _colours_off(one: Path, other: Path) -> float:
    """Median difference of what is neither background nor near an edge, in steps of eight bits."""
    seen, truth = _pixels(one), _pixels(other)
    red = (truth[..., 0] > 0.7) & (truth[..., 1] < 0.95 * truth[..., 0])
    assert red.sum() > 2000, "the field is in the picture"
    return float(255 * np.median(np.abs(seen - truth)[red]))


def _green(path: Path) -> np.ndarray:
    pixels = _pixels(path)
    return (pixels[..., 1] > 0.6) & (pixels[..., 0] < 0.4) & (pixels[..., 2] < 0.4)


def _red(path: Path) -> int:
    """Pixels of what was filmed."""
    pixels = _pixels(path)
    return int(((pixels[..., 0] > 0.7) & (pixels[..., 1] < 0.3)).sum())


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    assert one.sum() > 2000 and other.sum() > 2000, (one.sum(), other.sum())
    return float((one & other).sum() / (one | other).sum())


def _orbit() -> Iterator[float]:
    """Look from elsewhere: something must be there at once, and the picture in the end."""
    rb.view3d().spaces.active.overlay.show_overlays = True
    bpy.context.scene.frame_set(5)
    yield 1
    rb.view3d().spaces.active.region_3d.view_perspective = "PERSP"
    with rb.context():
        bpy.ops.view3d.view_orbit(angle=0.4, type="ORBITLEFT")
    yield 0.05
    assert watch().shown() in (["surfels"], ["picture 1/1"]), watch().shown()
    rb.shot(str(WORK / "screenshots/11_orbiting.png"))
    yield from _rest()
    rb.shot(str(WORK / "screenshots/12_orbited.png"))
    told = ", ".join(f"{known:.1f} dB" for known in watch().distances.values())
    print(f"the preview is {told} from the picture", flush=True)


rb.drive(steps())
