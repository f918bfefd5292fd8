"""Draws the overlays of the fields that ask for them, in every 3D viewport that shows overlays."""

from __future__ import annotations

import textwrap
from contextlib import suppress
from typing import Any

import blf
import bpy
import gpu
import numpy as np
from mathutils import Matrix

from ...bake.contract.errors import UserError
from ..cameras.view_coverage import coverage_now, view_direction
from ..field.field_object import capture_to_scene, fields_of, shot_time_of
from ..field.footage_looks import Footage, footage_of
from ..guarded_drawing import draw_guarded
from .batches import batch_of, forget
from .geometry import Drawn, dome, few, frusta, nearest, path_lines, ring
from .palette import NOW, OF_TEXT

_THIN, _THICK = 1.5, 2.5
"""Widths of lines, pixels."""
_LARGER = 1.6
"""How many times as large as the others the frustum of the shown frame is."""
_STEP = 0.05
"""Shot frames between which the dome stays the same."""
_FONT, _LETTERS = 0, 13
"""Blender's own font, and its size in points."""
_SHORTEST = 20
"""Letters that a line of text has room for, however small the viewport."""
_handles: list[Any] = []


def draw_in_space(context: bpy.types.Context) -> None:
    """Draw the overlays of every field that is visible here and asks for them.

    What a person can mend (a file that is missing, no cameras in it) is for the sidebar to say; here it is left out.
    Seen through the camera they would only be in the picture's way.
    """
    if context.region_data.view_perspective == "CAMERA":
        return
    for thing in _shown(context):
        with suppress(UserError):
            _draw_field(context, thing, footage_of(thing))


def draw_over(context: bpy.types.Context) -> None:
    """Write, in the camera's view, how well the picture is known; a sentence for each field that shows its coverage."""
    if context.region_data.view_perspective != "CAMERA":
        return
    things = [thing for thing in _shown(context) if thing.spacetimepilot.show_coverage]
    scale = context.preferences.system.ui_scale
    blf.size(_FONT, _LETTERS * scale)
    blf.enable(_FONT, blf.SHADOW)
    blf.shadow(_FONT, 3, 0.0, 0.0, 0.0, 0.9)
    left, right = _free(context)
    letters = max(int((right - left) / blf.dimensions(_FONT, "n")[0]), _SHORTEST)
    height = 14 * scale
    for thing in reversed(things):
        told, verdict = coverage_now(thing, context.scene)
        blf.color(_FONT, *(OF_TEXT[verdict] if verdict is not None else NOW))
        for line in reversed(textwrap.wrap(f"{thing.name}: {told}", letters)):
            blf.position(_FONT, (left + right - blf.dimensions(_FONT, line)[0]) / 2, height, 0)
            blf.draw(_FONT, line)
            height += 20 * scale
    blf.disable(_FONT, blf.SHADOW)


def _free(context: bpy.types.Context) -> tuple[float, float]:
    """From where to where, in pixels of the viewport, neither toolbar nor sidebar lies over it."""
    left, right = 0.0, float(context.region.width)
    for region in context.area.regions:
        if region.type == "TOOLS" and region.width > 1:
            left = max(left, float(region.x + region.width - context.region.x))
        if region.type == "UI" and region.width > 1:
            right = min(right, float(region.x - context.region.x))
    return left, right


def _shown(context: bpy.types.Context) -> list[bpy.types.Object]:
    """Fields that are visible in this viewport and ask for an overlay; none where it shows no overlays."""
    space: Any = context.space_data
    if not space.overlay.show_overlays:
        return []
    return [
        thing
        for thing in fields_of(context.scene)
        if (thing.spacetimepilot.show_cameras or thing.spacetimepilot.show_coverage)
        and thing.visible_get(view_layer=context.view_layer, viewport=space)
    ]


def _draw_field(context: bpy.types.Context, thing: bpy.types.Object, footage: Footage) -> None:
    shot_frame = shot_time_of(thing, context.scene.frame_current_final)
    place = capture_to_scene(thing)
    gpu.state.blend_set("ALPHA")
    gpu.state.depth_test_set("LESS_EQUAL")
    try:
        with gpu.matrix.push_pop():
            gpu.matrix.multiply_matrix(Matrix(place.tolist()))
            if thing.spacetimepilot.show_cameras:
                _draw_cameras(footage, shot_frame)
            if thing.spacetimepilot.show_coverage:
                _draw_dome(footage, shot_frame, mirrored=np.linalg.det(place[:3, :3]) < 0)
                _draw_ring(context.scene, thing, footage)
    finally:
        gpu.state.face_culling_set("NONE")
        gpu.state.depth_test_set("NONE")
        gpu.state.blend_set("NONE")


def _draw_cameras(footage: Footage, shot_frame: float) -> None:
    cameras, header = footage.cameras, footage.header
    lines = _line_shader(_THIN)
    path = batch_of((footage.stamp, "path"), lambda: path_lines(cameras, header), lines)
    some = batch_of((footage.stamp, "frusta"), lambda: frusta(cameras, header, few(cameras, header)), lines)
    for batch in (path, some):
        if batch is not None:
            batch.draw(lines)
    now = nearest(cameras, shot_frame)
    thick = _line_shader(_THICK)
    batch = batch_of((footage.stamp, "now", *now), lambda: _bright(frusta(cameras, header, now, _LARGER)), thick)
    if batch is not None:
        batch.draw(thick)


def _draw_dome(footage: Footage, shot_frame: float, mirrored: bool) -> None:
    shader = gpu.shader.from_builtin("SMOOTH_COLOR")
    step = round(shot_frame / _STEP)
    batch = batch_of((footage.stamp, "dome", step), lambda: dome(footage.looks, footage.header, step * _STEP), shader)
    # The far side is about other views, and would be taken for this one.
    gpu.state.face_culling_set("FRONT" if mirrored else "BACK")
    shader.bind()
    batch.draw(shader)
    gpu.state.face_culling_set("NONE")


def _draw_ring(scene: bpy.types.Scene, thing: bpy.types.Object, footage: Footage) -> None:
    """Where on the dome the scene's camera is."""
    if scene.camera is None or scene.camera.type != "CAMERA":
        return
    direction = view_direction(scene.camera, thing, footage)
    positions = ring(footage.looks, footage.header, direction)
    shader = _line_shader(_THICK)
    key = (footage.stamp, "ring", *direction.round(4))
    batch_of(key, lambda: _bright(Drawn(positions, np.ones((len(positions), 4), np.float32))), shader).draw(shader)


def _line_shader(width: float) -> gpu.types.GPUShader:
    """The shader for coloured lines, which are that many pixels wide."""
    shader = gpu.shader.from_builtin("POLYLINE_SMOOTH_COLOR")
    shader.bind()
    viewport: Any = gpu.state.viewport_get()
    shader.uniform_float("viewportSize", viewport[2:])
    shader.uniform_float("lineWidth", width)
    return shader


def _bright(drawn: Drawn) -> Drawn:
    return Drawn(drawn.positions, np.tile(np.array(NOW, np.float32), (len(drawn.positions), 1)))


def register() -> None:
    """Have Blender call us whenever a viewport is drawn."""
    for act, kind in ((draw_in_space, "POST_VIEW"), (draw_over, "POST_PIXEL")):
        _handles.append(bpy.types.SpaceView3D.draw_handler_add(draw_guarded, (act,), "WINDOW", kind))


def unregister() -> None:
    """Undo `register`."""
    while _handles:
        bpy.types.SpaceView3D.draw_handler_remove(_handles.pop(), "WINDOW")
    forget()
