"""The path on which one of the footage's cameras filmed, in the scene."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix, Quaternion, Vector

from ...bake.contract.errors import UserError
from ...bake.contract.field_file import FootageCameras
from ..field.field_object import capture_to_scene


@dataclass(frozen=True)
class FilmedPath:
    """Where a camera stood, picture by picture.

    shot_frames : (N,) float64, ascending.
    places : N locations, scene units.
    turns : N rotations, each the nearer of its two quaternions to the one before.
    lens : (6,) float64: width, height, fx, fy, cx, cy in pixels.
    """

    shot_frames: np.ndarray
    places: list[Vector]
    turns: list[Quaternion]
    lens: np.ndarray

    def at(self, shot_frame: float) -> tuple[Vector, Quaternion]:
        """Location and rotation at any shot frame; before the first picture and behind the last they stand still."""
        last = len(self.places) - 1
        number = int(np.clip(np.searchsorted(self.shot_frames, shot_frame, "right") - 1, 0, last))
        if number == last:
            return self.places[last].copy(), self.turns[last].copy()
        start, end = self.shot_frames[number], self.shot_frames[number + 1]
        part = float(np.clip((shot_frame - start) / (end - start), 0, 1))
        place = self.places[number].lerp(self.places[number + 1], part)
        return place, self.turns[number].slerp(self.turns[number + 1], part)


def filmed_path(field: bpy.types.Object, cameras: FootageCameras) -> FilmedPath:
    """The path of one camera of a field's footage, where the field stands now.

    Raises
    ------
    UserError
        If the field is scaled unevenly or mirrored, which no camera can follow.
    """
    evaluated = field.evaluated_get(bpy.context.evaluated_depsgraph_get())
    place = capture_to_scene(evaluated)
    scales = np.linalg.norm(place[:3, :3], axis=0)
    if scales.min() < 1e-9 or scales.max() > 1.001 * scales.min():
        raise UserError(f"{field.name} is scaled unevenly, which no camera can follow.", "Scale it alike on all axes.")
    if np.linalg.det(place[:3, :3]) < 0:
        raise UserError(f"{field.name} is mirrored, which no camera can follow.", "Make its scale positive.")
    poses = [(Matrix(place.tolist()) @ Matrix(matrix.tolist())).normalized() for matrix in cameras.matrices]
    turns = [pose.to_quaternion() for pose in poses]
    for before, after in itertools.pairwise(turns):
        after.make_compatible(before)
    return FilmedPath(cameras.shot_frames, [pose.to_translation() for pose in poses], turns, cameras.intrinsics[0])
