"""What the overlays consist of: lines and triangles in capture space, as arrays. Nothing here knows Blender."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ...bake.contract.coverage import BREAKS, HOLDS, Looks, Verdict, coverage, looks_near
from ...bake.contract.field_file import FieldHeader, FootageCameras
from .palette import OF_VERDICT, of_times

MOST_FRUSTA = 120
"""Frusta drawn of a shot; more would hide each other. The path has every place."""
DIRECTIONS = 1500
"""Patches of the dome: one every five degrees, a third of the angle at which re-filming ceases to hold."""
_FRUSTUM = 0.08
"""Depth of a frustum, in distances of the cameras from what they filmed."""
_APART = 1.5
"""Depths of a frustum from one to the next on a path."""
_TURNED = np.cos(np.radians(10.0))
"""Cosine of the angle by which a camera that stands must turn to get another frustum."""
_AROUND = 1.05
"""The dome's radius, in half diagonals of the box."""
_SIDES = 6
_SIZES = {Verdict.HOLDS: 1.0, Verdict.DOUBTFUL: 0.7, Verdict.BREAKS: 0.35}
"""Of the space there is: who cannot tell the colours sees the sizes."""


@dataclass(frozen=True)
class Drawn:
    """positions : (N, 3) float32, capture space. colours : (N, 4) float32, not premultiplied.

    Two positions are a line; where there are `triangles`, (M, 3) int32, three of those are.
    """

    positions: np.ndarray
    colours: np.ndarray
    triangles: np.ndarray | None = None


def path_lines(cameras: FootageCameras, header: FieldHeader) -> Drawn:
    """The paths of the footage's cameras, coloured by shot time; a camera that leapt from place to place has none."""
    places, frames = [np.zeros((0, 3))], [np.zeros(0)]
    for stream in cameras.streams():
        if len(stream.shot_frames) > 1 and not stream.leaps():
            places.append(np.repeat(stream.matrices[:, :3, 3], 2, axis=0)[1:-1])
            frames.append(np.repeat(stream.shot_frames, 2)[1:-1])
    return _lines(np.concatenate(places), np.concatenate(frames), header)


def frusta(cameras: FootageCameras, header: FieldHeader, chosen: np.ndarray, larger: float = 1.0) -> Drawn:
    """Small frusta of some of the footage's cameras, coloured by shot time.

    Parameters
    ----------
    chosen : (N,) int
        Which pictures.
    larger : float
        So many times as large as usual.
    """
    depth = larger * _FRUSTUM * _reach(cameras, header)
    lines = [_frustum(cameras.matrices[number], cameras.intrinsics[number], depth) for number in chosen]
    frames = np.repeat(cameras.shot_frames[chosen], _LINE_ENDS)
    return _lines(np.concatenate([np.zeros((0, 3)), *lines]), frames, header)


def few(cameras: FootageCameras, header: FieldHeader) -> np.ndarray:
    """Which pictures get a frustum: only where a camera has moved on or turned, `MOST_FRUSTA` at most, (N,) int."""
    apart = _APART * _FRUSTUM * _reach(cameras, header)
    ways, places = cameras.matrices[:, :3, 2], cameras.matrices[:, :3, 3]
    begins = set(np.flatnonzero(np.diff(cameras.shot_frames, prepend=np.inf) <= 0).tolist())
    chosen: list[int] = []
    for number in range(len(places)):
        last = chosen[-1] if chosen else number
        moved = np.linalg.norm(places[number] - places[last]) >= apart
        if moved or ways[number] @ ways[last] < _TURNED or number in begins:
            chosen.append(number)
    return np.array(chosen, dtype=int)[_spread(len(chosen), MOST_FRUSTA)]


def _spread(count: int, most: int) -> np.ndarray:
    """At most so many of `count` numbers, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))


def nearest(cameras: FootageCameras, shot_frame: float) -> np.ndarray:
    """Which pictures were filmed nearest to a shot frame; several where several cameras filmed then, (N,) int."""
    late = np.abs(cameras.shot_frames - shot_frame)
    return np.flatnonzero(late <= late.min(initial=np.inf) + 1e-6)


def dome(looks: Looks, header: FieldHeader, shot_frame: float) -> Drawn:
    """Directions around a field's box, as patches of a sphere: how well a view from there at a shot frame is known."""
    directions = dome_directions()
    values = coverage(looks_near(looks, shot_frame), directions, shot_frame)
    kinds = (values < HOLDS).astype(int) + (values < BREAKS)
    order = (Verdict.HOLDS, Verdict.DOUBTFUL, Verdict.BREAKS)
    sizes = np.array([_SIZES[verdict] for verdict in order])[kinds]
    colours = np.array([OF_VERDICT[verdict] for verdict in order], dtype=np.float32)[kinds]
    around, triangles = _patches()
    positions = directions[:, None] + around * sizes[:, None, None]
    positions = looks.centre + radius(header) * positions
    return Drawn(positions.reshape(-1, 3).astype(np.float32), np.repeat(colours, _SIDES, axis=0), triangles=triangles)


def ring(looks: Looks, header: FieldHeader, direction: np.ndarray) -> np.ndarray:
    """A small ring on the dome around a direction, as (N, 3) float32 line ends."""
    right, up = _tangents(direction[None])
    angles = np.linspace(0, 2 * np.pi, 25)
    size = 2.2 * _spacing()
    edge = direction + size * (np.cos(angles)[:, None] * right + np.sin(angles)[:, None] * up)
    edge /= np.linalg.norm(edge, axis=1, keepdims=True)
    return np.repeat(looks.centre + 1.01 * radius(header) * edge, 2, axis=0)[1:-1].astype(np.float32)


def radius(header: FieldHeader) -> float:
    """The dome's radius: it has the box inside."""
    low, high = np.asarray(header.bounds)
    return _AROUND * float(np.linalg.norm(high - low)) / 2


@lru_cache(maxsize=1)
def dome_directions() -> np.ndarray:
    """(DIRECTIONS, 3) float64 unit vectors, evenly spread (a Fibonacci sphere)."""
    number = np.arange(DIRECTIONS) + 0.5
    height = 1 - 2 * number / DIRECTIONS
    angle = np.pi * (1 + 5**0.5) * number
    level = np.sqrt(1 - height**2)
    return np.stack([level * np.cos(angle), level * np.sin(angle), height], axis=1)


@lru_cache(maxsize=1)
def _patches() -> tuple[np.ndarray, np.ndarray]:
    """Corners of every patch around its direction, (DIRECTIONS, SIDES, 3), and triangles, seen from outside."""
    right, up = _tangents(dome_directions())
    angles = np.linspace(0, 2 * np.pi, _SIDES, endpoint=False)[:, None]
    corners = _spacing() * (np.cos(angles) * right[:, None] + np.sin(angles) * up[:, None])
    fan = np.array([(0, side, side + 1) for side in range(1, _SIDES - 1)])
    triangles = (fan + _SIDES * np.arange(DIRECTIONS)[:, None, None]).reshape(-1, 3)
    return corners, triangles.astype(np.int32)


def _spacing() -> float:
    """Half the way from one direction to the next, on the unit sphere."""
    return float(np.sqrt(4 * np.pi / DIRECTIONS) / 2)


def _tangents(directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two unit vectors across each direction, so that right x up = direction."""
    steep = np.abs(directions[:, 2:]) > 0.9
    helper = np.where(steep, [1.0, 0.0, 0.0], [0.0, 0.0, 1.0])
    right = np.cross(helper, directions)
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    return right, np.cross(directions, right)


_EDGES = np.array([(0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (2, 3), (3, 4), (4, 1), (5, 6), (6, 7)])
"""Lines of a frustum between its points: the eye, four corners, and a roof that says where up is."""
_LINE_ENDS = _EDGES.size


def _frustum(matrix: np.ndarray, intrinsics: np.ndarray, depth: float) -> np.ndarray:
    """Line ends of a camera's frustum, (_LINE_ENDS, 3)."""
    width, height, fx, fy, cx, cy = intrinsics
    left, right = -cx / fx * depth, (width - cx) / fx * depth
    low, high = (cy - height) / fy * depth, cy / fy * depth
    middle, third = (left + right) / 2, (right - left) / 6
    points = np.array(
        [
            (0, 0, 0),
            (left, low, -depth),
            (right, low, -depth),
            (right, high, -depth),
            (left, high, -depth),
            (middle - third, high, -depth),
            (middle, high + (high - low) / 4, -depth),
            (middle + third, high, -depth),
        ]
    )
    return (points @ matrix[:3, :3].T + matrix[:3, 3])[_EDGES.ravel()]


def _reach(cameras: FootageCameras, header: FieldHeader) -> float:
    """How far the cameras are from the middle of what they filmed, as most are."""
    centre = np.mean(np.asarray(header.bounds), axis=0)
    away = np.linalg.norm(cameras.matrices[:, :3, 3] - centre, axis=1)
    return float(np.median(away)) if len(away) else radius(header)


def _lines(positions: np.ndarray, frames: np.ndarray, header: FieldHeader) -> Drawn:
    return Drawn(positions.astype(np.float32), of_times(frames, header.first_frame, header.last_frame))
