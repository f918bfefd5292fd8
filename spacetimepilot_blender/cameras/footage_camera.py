"""A camera on the path that a field's footage was filmed on, to start a new move from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

import bpy
import numpy as np

from ...bake.contract.errors import UserError
from ...bake.contract.field_file import read_cameras
from ...bake.contract.shot_curve import ShotCurve, crossings
from ..field.field_object import scene_rate
from ..shot_time.field_time import curve_of_scene, stretch
from ..shot_time.keyframes import fill, own_curve
from .filmed_path import FilmedPath, filmed_path

_SENSOR = 36.0
_SAME_SHAPE = 0.01


class Timing(StrEnum):
    """When the camera is where."""

    AUTO = "AUTO"
    """SHOWN, or WHOLE where shot time stands still."""
    SHOWN = "SHOWN"
    """At every scene frame where the shown frame of the shot was filmed from."""
    WHOLE = "WHOLE"
    """Along the whole path, as fast as it was filmed, whatever the field shows."""


class Between(StrEnum):
    """What the camera does between two pictures of the footage."""

    AUTO = "AUTO"
    """SMOOTH, or STEPS where the footage's camera leapt from place to place."""
    SMOOTH = "SMOOTH"
    STEPS = "STEPS"


@dataclass(frozen=True)
class Refilm:
    """What is asked for; `stream` is which of the footage's cameras, from 1 on."""

    stream: int = 1
    timing: Timing = Timing.AUTO
    between: Between = Between.AUTO


@dataclass(frozen=True)
class _Move:
    """Scene frames with the shot frames at whose places the camera shall be there; at corners it does not slow down."""

    keys: list[tuple[float, float]]
    corners: frozenset[float]


def add_footage_camera(
    scene: bpy.types.Scene, layer: bpy.types.ViewLayer, field: bpy.types.Object, path: Path, asked: Refilm
) -> bpy.types.Object:
    """Add a camera that is animated along the path of one of the footage's cameras.

    Parameters
    ----------
    path : Path
        The field's file.

    Raises
    ------
    UserError
        If the file does not say where the cameras stood, has no such camera or none of its frames is shown, or the
        field is placed so that no camera can follow.
    """
    streams = read_cameras(path).streams()
    if not 1 <= asked.stream <= len(streams):
        raise UserError(f"There is no footage camera {asked.stream}.", f"Choose one from 1 to {len(streams)}.")
    cameras = streams[asked.stream - 1]
    filmed = filmed_path(field, cameras)
    steps = asked.between is Between.STEPS or (asked.between is Between.AUTO and cameras.leaps())
    curve = curve_of_scene(scene, layer, field)
    if asked.timing is Timing.WHOLE or (asked.timing is Timing.AUTO and not curve.moves):
        move = _whole_move(scene, field, filmed)
    else:
        move = _shown_move(scene, field, filmed, curve, steps)
    name = f"{field.name} Footage" + (f" {asked.stream}" if len(streams) > 1 else "")
    data = bpy.data.cameras.new(name)
    camera = bpy.data.objects.new(name, data)
    scene.collection.objects.link(camera)
    _set_lens(data, filmed.lens)
    _animate(camera, filmed, move, "CONSTANT" if steps else "BEZIER")
    return camera


def count_streams(path: Path) -> int:
    """How many cameras filmed the footage of a field file.

    Raises
    ------
    UserError
        If the file does not say.
    """
    return len(read_cameras(path).streams())


def take_resolution(scene: bpy.types.Scene, path: Path, stream: int) -> None:
    """Let the scene render pictures of the footage's size and shape."""
    width, height, fx, fy = read_cameras(path).streams()[stream - 1].intrinsics[0][:4]
    render = scene.render
    render.resolution_x, render.resolution_y = round(width), round(height)
    render.pixel_aspect_x, render.pixel_aspect_y = max(fy / fx, 1.0), max(fx / fy, 1.0)


def shape_hint(scene: bpy.types.Scene, path: Path, stream: int) -> str:
    """A sentence where the scene's pictures have another shape than the footage's; "" where they are alike."""
    width, height, fx, fy = read_cameras(path).streams()[stream - 1].intrinsics[0][:4]
    render = scene.render
    ours = render.resolution_x * render.pixel_aspect_x / (render.resolution_y * render.pixel_aspect_y)
    footage = width / height * fy / fx
    if abs(ours / footage - 1) < _SAME_SHAPE:
        return ""
    cut = "more" if ours < footage else "less"
    return (
        f"The footage is {width:.0f} x {height:.0f}, the scene {render.resolution_x} x {render.resolution_y}: it shows "
        f"{cut} above and below. Take Resolution makes them alike"
    )


def _whole_move(scene: bpy.types.Scene, field: bpy.types.Object, filmed: FilmedPath) -> _Move:
    pace = scene_rate(scene) / field.spacetimepilot.fps
    start = scene.frame_start * stretch(scene) - pace * float(filmed.shot_frames[0])
    keys = [(start + pace * float(shot), float(shot)) for shot in filmed.shot_frames]
    return _Move(keys, frozenset({keys[0][0], keys[-1][0]}))


def _shown_move(
    scene: bpy.types.Scene, field: bpy.types.Object, filmed: FilmedPath, curve: ShotCurve, steps: bool
) -> _Move:
    first, last = scene.frame_start * stretch(scene), scene.frame_end * stretch(scene)
    keys = {round(frame, 4): shot for frame, shot in crossings(curve, filmed.shot_frames)}
    corners = [round(frame, 4) for frame in ([first] if steps else [first, *_turns(curve), last])]
    for frame in corners:
        keys.setdefault(frame, curve.at(frame))
    inside = sorted((frame, shot) for frame, shot in keys.items() if first - 1e-3 <= frame <= last + 1e-3)
    shown = [shot for _, shot in inside]
    low, high = float(filmed.shot_frames[0]), float(filmed.shot_frames[-1])
    if max(shown) < low or min(shown) > high:
        raise UserError(
            f"This camera filmed shot frames {low:g} to {high:g}, and {field.name} shows none of them.",
            "Choose another camera or Along the Whole Path, or change the field's time.",
        )
    return _Move(inside, frozenset(corners))


def _turns(curve: ShotCurve) -> list[float]:
    """Where shot time begins, ends or turns round."""
    ways = [float(np.sign(round(curve.at(end) - curve.at(start), 6))) for start, end in pairwise(curve.breaks)]
    inner = zip(curve.breaks[1:-1], ways, ways[1:], strict=False)
    return [frame for frame, before, after in inner if before != after]


def _animate(camera: bpy.types.Object, filmed: FilmedPath, move: _Move, interpolation: str) -> None:
    camera.rotation_mode = "QUATERNION"
    frames = [frame for frame, _ in move.keys]
    poses = [filmed.at(shot) for _, shot in move.keys]
    camera.location, camera.rotation_quaternion = poses[0]
    for (_, before), (_, after) in pairwise(poses):
        after.make_compatible(before)
    for path, which, count in (("location", 0, 3), ("rotation_quaternion", 1, 4)):
        for index in range(count):
            values = [pose[which][index] for pose in poses]
            fill(own_curve(camera, path, index), frames, values, interpolation, move.corners)


def _set_lens(data: bpy.types.Camera, intrinsics: np.ndarray) -> None:
    """The inverse of `contract.camera.from_blender`, for pictures whose width the sensor fits."""
    width, height, fx, fy, cx, cy = (float(value) for value in intrinsics)
    data.sensor_fit, data.sensor_width = "HORIZONTAL", _SENSOR
    data.lens = fx * _SENSOR / width
    data.shift_x = (width / 2 - cx) / width
    data.shift_y = (cy - height / 2) * (fx / fy) / width
