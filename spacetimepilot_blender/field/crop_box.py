"""The crop box of a field: six sides, kept in the capture's space and seen where the field stands."""

from __future__ import annotations

import itertools

import bpy
from mathutils import Matrix, Vector

from .field_object import capture_to_scene

SIDES = (
    ("x_min", "X from", "The low end of X"),
    ("x_max", "X to", "The high end of X"),
    ("y_min", "Y from", "The low end of Y"),
    ("y_max", "Y to", "The high end of Y"),
    ("z_min", "Z from", "The low end of Z"),
    ("z_max", "Z to", "The high end of Z"),
)
EDGES = tuple((one, other) for one, other in itertools.combinations(range(8), 2) if (one ^ other).bit_count() == 1)
"""The box's edges, as pairs of its corners."""
_THINNEST = 0.01
"""Least thickness of the crop box, by the field's own box."""


def corners(field: bpy.types.Object) -> list[Vector]:
    """The eight corners in the scene; bit 0 of a corner's number says whether it is at the high end of X, and so on."""
    settings = field.spacetimepilot
    ends = tuple(zip(settings.crop_min, settings.crop_max, strict=True))
    place = Matrix(capture_to_scene(field).tolist())
    return [place @ Vector([ends[axis][number >> axis & 1] for axis in range(3)]) for number in range(8)]


def arrow_place(field: bpy.types.Object, side: str) -> Matrix:
    """Where a side's arrow stands: in the middle of the side, its Z axis pointing out of the box."""
    axis, high = _axis(side)
    found = corners(field)
    of_side = [corner for number, corner in enumerate(found) if bool(number >> axis & 1) == high]
    return (
        Matrix.Translation(sum(of_side, Vector()) / 4)
        @ outwards(field, side).to_track_quat("Z", "Y").to_matrix().to_4x4()
    )


def outwards(field: bpy.types.Object, side: str) -> Vector:
    """How far and where in the scene a side goes, if it is moved out by one unit of the capture."""
    axis, high = _axis(side)
    column = Vector(capture_to_scene(field)[:3, axis].tolist())
    return column if high else -column


def place_of(field: bpy.types.Object, side: str) -> float:
    """Where a side is, capture space."""
    axis, high = _axis(side)
    return float((field.spacetimepilot.crop_max if high else field.spacetimepilot.crop_min)[axis])


def move_side(field: bpy.types.Object, side: str, place: float) -> None:
    """Put a side somewhere, capture space; it stops before the side across."""
    settings = field.spacetimepilot
    axis, high = _axis(side)
    thinnest = _THINNEST * (settings.box_high[axis] - settings.box_low[axis])
    if high:
        settings.crop_max[axis] = max(place, settings.crop_min[axis] + thinnest)
    else:
        settings.crop_min[axis] = min(place, settings.crop_max[axis] - thinnest)


def crop_to_bounds(field: bpy.types.Object) -> None:
    """Let the crop box be the field's own box."""
    settings = field.spacetimepilot
    settings.crop_min, settings.crop_max = settings.box_low, settings.box_high


def _axis(side: str) -> tuple[int, bool]:
    return "xyz".index(side[0]), side.endswith("max")
