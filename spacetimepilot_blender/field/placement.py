"""Placing a field in the scene by points on it: what is the floor, and how long something is."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils import Matrix

from ...bake.contract.errors import UserError
from ...bake.contract.field_file import read_cameras
from ..shot_time.keyframes import curves_of
from .field_object import capture_to_scene, field_file

_THIN = 1e-4
"""Height of a triangle by its longest side, from which on it says where a plane is."""
_PRECISE = 1e-4
"""How far a field may land from where it was sent, by its distance from the origin."""
_CHANNELS = ("location", "rotation", "scale", "delta_")


def floor_placement(points: np.ndarray, above: np.ndarray) -> np.ndarray:
    """What turns three points onto z = 0: the least turn about the first, then straight down or up.

    Parameters
    ----------
    points : (3, 3) float
        One point a row, scene units, not in one line.
    above : (3,) float
        A point that has to end above the floor.

    Returns
    -------
    (4, 4) float64
        From where things are in the scene to where they belong.

    Raises
    ------
    UserError
        If the points lie in one line.
    """
    first, second, third = np.asarray(points, dtype=np.float64)
    normal = np.cross(second - first, third - first)
    longest = max(np.linalg.norm(second - first), np.linalg.norm(third - first), np.linalg.norm(third - second))
    size = np.linalg.norm(normal)
    if size <= _THIN * longest**2:
        raise UserError("The three points lie in one line, or on each other.", "Set them apart, as a triangle.")
    up = normal / size
    if up @ (above - first) < 0:
        up = -up
    placement = np.eye(4)
    placement[:3, :3] = _turn_up(up)
    placement[:3, 3] = (first[0], first[1], 0.0) - placement[:3, :3] @ first
    return placement


def distance_placement(first: np.ndarray, second: np.ndarray, length: float) -> np.ndarray:
    """What scales everything alike about the first point, so that the second is `length` scene units from it.

    Raises
    ------
    UserError
        If the points lie on each other, or the length is no length.
    """
    first, second = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    now = float(np.linalg.norm(second - first))
    if now <= 1e-9 * (1 + float(np.abs(first).max())):
        raise UserError("The two points lie on each other.", "Set them apart.")
    if not length > 0:
        raise UserError(f"A distance of {length:g} is no distance.", "Give the real length, in scene units.")
    placement = np.eye(4) * (length / now)
    placement[3, 3] = 1.0
    placement[:3, 3] = first * (1 - length / now)
    return placement


def seen_from(field: bpy.types.Object) -> np.ndarray:
    """Where in the scene the footage was filmed from, in the mean; where that is not known, the middle of the box."""
    place = capture_to_scene(field)
    try:
        middle = read_cameras(field_file(field)).matrices[:, :3, 3].mean(axis=0)
    except UserError:
        settings = field.spacetimepilot
        middle = (np.array(settings.box_low) + np.array(settings.box_high)) / 2
    return np.asarray(place[:3, :3] @ middle + place[:3, 3])


def move_field(layer: bpy.types.ViewLayer, field: bpy.types.Object, placement: np.ndarray) -> None:
    """Move, turn and scale a field, and what hangs on it, by a (4, 4) transform of the scene.

    Raises
    ------
    UserError
        If something else decides where the field is; it stays where it is then.
    """
    _check_free(field)
    layer.update()
    before = field.matrix_basis.copy()
    wanted = Matrix((placement @ np.array(field.matrix_world, dtype=np.float64)).tolist())
    field.matrix_world = wanted
    layer.update()
    missed = np.abs(np.array(field.matrix_world) - np.array(wanted)).max()
    if missed > _PRECISE * (1 + np.abs(np.array(wanted)).max()):
        field.matrix_basis = before
        raise UserError(
            f"{field.name} cannot be placed so: its parent is scaled unevenly.", "Clear its parent, keeping transforms."
        )


def _check_free(field: bpy.types.Object) -> None:
    if field.library is not None:
        raise UserError(f"{field.name} is linked from another .blend.", "Place it there, or make a library override.")
    if any(not constraint.mute for constraint in field.constraints):
        raise UserError(f"{field.name} has constraints, which decide where it is.", "Mute or apply them first.")
    data = field.animation_data
    drivers = list(data.drivers) if data is not None else []
    paths = [curve.data_path for curve in (*drivers, *curves_of(field))]
    if any(path.startswith(_CHANNELS) for path in paths):
        raise UserError(
            f"{field.name} is animated or driven from place to place.",
            "Place it first and animate then, or parent it to an Empty and animate that.",
        )


def _turn_up(direction: np.ndarray) -> np.ndarray:
    """(3, 3): the least rotation that turns a unit vector to +Z; of the two half turns the one about X."""
    x, y, z = direction
    if z < -1 + 1e-12:
        return np.diag((1.0, -1.0, -1.0))
    axis = np.array([[0, 0, -x], [0, 0, -y], [x, y, 0]])
    return np.asarray(np.eye(3) + axis + axis @ axis / (1 + z))
