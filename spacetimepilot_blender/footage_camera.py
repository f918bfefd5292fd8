"""A camera on the path that a field's footage was filmed on, to start a new move from."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix

from ..bake.contract.errors import UserError
from ..bake.contract.field_file import FootageCameras, read_cameras
from .field_object import capture_to_scene

_SENSOR = 36.0


def add_footage_camera(scene: bpy.types.Scene, field: bpy.types.Object, path: Path) -> bpy.types.Object:
    """Add an animated camera: at the scene frame at which a playing shot shows footage frame i, it is where frame i
    was filmed from. Of several cameras the first is followed.

    Parameters
    ----------
    path : Path
        The field's file.

    Raises
    ------
    UserError
        If the file does not say where the cameras stood, or the field is scaled unevenly.
    """
    cameras = read_cameras(path)
    place = Matrix(capture_to_scene(field.evaluated_get(bpy.context.evaluated_depsgraph_get())).tolist())
    scales = np.linalg.norm(np.array(place)[:3, :3], axis=0)
    if scales.max() > 1.001 * scales.min():
        raise UserError(f"{field.name} is scaled unevenly, which no camera can follow.", "Scale it alike on all axes.")
    data = bpy.data.cameras.new(f"{field.name} Footage")
    camera = bpy.data.objects.new(data.name, data)
    scene.collection.objects.link(camera)
    _set_lens(data, cameras.intrinsics[0])
    camera.rotation_mode = "QUATERNION"
    settings = field.spacetimepilot
    for number in range(_first_stream(cameras)):
        since = float(cameras.shot_frames[number]) - settings.first_frame
        frame = settings.scene_start + since / max(settings.speed, 1e-6)
        before = camera.rotation_quaternion.copy()
        camera.matrix_world = (place @ Matrix(cameras.matrices[number].tolist())).normalized()
        # Of the two quaternions of a rotation the nearer: between keys the camera must not turn the long way round.
        camera.rotation_quaternion.make_compatible(before)
        for channel in ("location", "rotation_quaternion"):
            camera.keyframe_insert(channel, frame=frame)
    return camera


def _first_stream(cameras: FootageCameras) -> int:
    """How many frames the first camera has filmed."""
    falls = np.flatnonzero(np.diff(cameras.shot_frames) <= 0)
    return int(falls[0]) + 1 if len(falls) else len(cameras.shot_frames)


def _set_lens(data: bpy.types.Camera, intrinsics: np.ndarray) -> None:
    """The inverse of `contract.camera.from_blender`, for pictures whose width the sensor fits."""
    width, height, fx, fy, cx, cy = (float(value) for value in intrinsics)
    data.sensor_fit, data.sensor_width = "HORIZONTAL", _SENSOR
    data.lens = fx * _SENSOR / width
    data.shift_x = (width / 2 - cx) / width
    data.shift_y = (cy - height / 2) * (fx / fy) / width
