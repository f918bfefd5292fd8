"""Where a field is shown by a mesh that stands in for it: by how far away it is, or how small in the picture.

*Closeness* is 1 where the field goes: its size in the picture over the size at which it goes, or the distance at which
it goes over its distance. Up to `range` times as close both are seen: the stand-in as it is, and the field over it, the
fainter the farther away. The stand-in's geometry nodes follow the same formulas.
"""

from __future__ import annotations

import math

import numpy as np

from .camera import Camera, FloatArray, Projection

LIGHT = ("light_r", "light_g", "light_b")
"""Attributes of a stand-in's vertices: scene-linear Rec.709, as the field shows it at its exposure."""
MARGIN = 0.02
"""How far behind the field its stand-in lies while both are seen, as a share of its longest edge."""


def fade_at(closeness: float, fade_range: float) -> float:
    """How much of the field is there, from 0 to 1; in between a smoothstep of the logarithm of closeness."""
    if closeness <= 1:
        return 0.0
    if closeness >= fade_range:
        return 1.0
    share = math.log(closeness) / math.log(fade_range)
    return share * share * (3 - 2 * share)


def size_in_picture(camera: Camera, middle: FloatArray, size: float) -> float:
    """Pixels along a picture's rows that a length takes which the camera sees from the side.

    Parameters
    ----------
    middle : (3,) float64
        Where it is, scene space.
    size : float
        Scene units.
    """
    if camera.projection is Projection.ORTHOGRAPHIC:
        return camera.fx * size
    return camera.fx * size / max(distance_to(camera, middle), 1e-9)


def distance_to(camera: Camera, middle: FloatArray) -> float:
    """From the camera, scene units."""
    return float(np.linalg.norm(np.asarray(middle) - camera.camera_to_world[:3, 3]))


def middle_and_size(to_scene: FloatArray, low: FloatArray, high: FloatArray) -> tuple[FloatArray, float]:
    """The middle (3,) of a box in capture space and its longest edge, both as the scene has them.

    Parameters
    ----------
    to_scene : (4, 4) float64
        Capture space to scene space.
    low, high : (3,) float64
        Corners of the box.
    """
    low, high = np.asarray(low), np.asarray(high)
    edges = to_scene[:3, :3] * (high - low)
    middle = to_scene[:3, :3] @ ((low + high) / 2) + to_scene[:3, 3]
    return middle, float(np.linalg.norm(edges, axis=0).max())
