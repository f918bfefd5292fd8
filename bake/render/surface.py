"""The surfaces of a field at one instant as a mesh, on a regular grid.

Where it is known from where the field was filmed, they are what those cameras see (`fusion`): fields hold much that
nobody ever looked at, and haze. Else density decides, in cells that occupancy holds: a surface is where light has lost
half of itself. Crumbs that hang in the air are left out. What reaches the edge of a shot that goes on beyond it stays
open there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..contract.colour import linear_to_srgb
from ..contract.errors import Cancelled
from ..contract.field_file import FootageCameras
from ..device.threads import run_together
from ..field.decoder import START_DENSITY
from ..field.model import DENSITY_SCALE, Field
from .fusion import fused_views
from .view import Corner

_SKIN = 1 / 80
"""Thickness, in longest edges of the bounds, over which a surface stops half of the light."""
SMOOTH = 0.7
"""Standard deviation, voxels, over which density is averaged before the surface is sought: fields are grainy."""
_AROUND = 6
"""Voxels around a point that decide where the surface passes by: twice as far as what is averaged reaches."""
_CRUMB = 0.005
"""Pieces with less than this share of the largest one's voxels are crumbs."""
_AT_ONCE = {"cpu": 2**13, "cuda": 2**18}


@dataclass(frozen=True)
class Mesh:
    """A surface. `points` (V, 3) float32, capture space; `colours` (V, 3) uint8, sRGB; `triangles` (T, 3) int32."""

    points: NDArray[np.float32]
    colours: NDArray[np.uint8]
    triangles: NDArray[np.int32]


@dataclass(frozen=True)
class Shape:
    """A surface without colours, capture space.

    points : (V, 3) float32
    triangles : (T, 3) int32
    inwards : (V, 3) float32, of unit length
    edge : float, of a voxel
    time : (1,) float32 in [0, 1] over the shot
    """

    points: Tensor
    triangles: NDArray[np.int32]
    inwards: Tensor
    edge: float
    time: Tensor


@torch.no_grad()
def surface_mesh(
    field: Field,
    shot_frame: float,
    detail: int,
    crop: tuple[Corner, Corner] | None = None,
    cameras: FootageCameras | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Mesh:
    """The surfaces of an instant, empty where there are none, in the colours that who looks straight at them sees.

    Parameters
    ----------
    detail : int
        Voxels along the longest edge of what is looked at.
    crop : two corners
        Box in capture space that is looked at; None for the field's bounds.
    cameras : FootageCameras or None
        Of the footage, if they are known.

    Raises
    ------
    Cancelled
        If `should_stop` says so.
    """
    shape = surface_shape(field, shot_frame, detail, crop, cameras, should_stop)
    return Mesh(shape.points.cpu().numpy(), colours_of(field, shape, should_stop), shape.triangles)


@torch.no_grad()
def surface_shape(
    field: Field,
    shot_frame: float,
    detail: int,
    crop: tuple[Corner, Corner] | None,
    cameras: FootageCameras | None,
    should_stop: Callable[[], bool],
) -> Shape:
    """The surfaces alone; parameters and errors as those of `surface_mesh`."""
    from scipy.ndimage import gaussian_filter
    from skimage.measure import marching_cubes

    time = torch.tensor([field.normalised_time(shot_frame)], device=field.low.device)
    low, edge, counts = _grid(field, detail, crop)
    inside = _inside(field, shot_frame, crop, cameras, _middles(low, edge, counts), edge, should_stop)
    stopped = np.asarray(inside.view(counts).cpu().numpy())
    stopped = gaussian_filter(stopped, SMOOTH, mode="nearest")
    solid = _without_crumbs(stopped > 0.5)
    stopped[~solid & (stopped > 0.5)] = 0
    if _ends_at_edge(field, crop):
        # Beyond there is nothing, so what reaches the edge ends there.
        stopped, solid, low = np.pad(stopped, 1), np.pad(solid, 1), low - edge
    if not solid.any() or solid.all():
        nothing = torch.zeros(0, 3, device=field.low.device)
        return Shape(nothing, np.zeros((0, 3), np.int32), nothing, edge, time)
    places, triangles, normals, _ = marching_cubes(stopped, 0.5, gradient_direction="ascent")
    points = torch.as_tensor(places.copy(), dtype=torch.float32, device=field.low.device) * edge + low
    inwards = -torch.as_tensor(normals.copy(), dtype=torch.float32, device=field.low.device)
    return Shape(points, triangles.astype(np.int32), torch.nn.functional.normalize(inwards, dim=-1), edge, time)


@torch.no_grad()
def surface_around(
    field: Field,
    shot_frame: float,
    detail: int,
    crop: tuple[Corner, Corner] | None,
    cameras: FootageCameras | None,
    places: NDArray[np.float32],
) -> Shape:
    """Where the surfaces of `surface_shape` pass by some of its points, without the rest of the mesh.

    Parameters
    ----------
    places : (N, 3) float32
        Points of the mesh, capture space; others as of `surface_mesh`.

    Returns
    -------
    The nearest points of the surfaces, without triangles; NaN where none are near.
    """
    low, edge, counts = _grid(field, detail, crop)
    start = low.cpu().numpy().astype(np.float64)
    middles = np.floor((places - start) / edge).astype(int)
    ends = np.array(counts)
    firsts, lasts = np.clip(middles - _AROUND, 0, ends - 2), np.clip(middles + _AROUND + 2, 2, ends)
    boxes = [
        torch.cartesian_prod(*(torch.arange(a, b, dtype=torch.float32) for a, b in zip(first, last, strict=True)))
        for first, last in zip(firsts, lasts, strict=True)
    ]
    points = torch.cat(boxes).to(low.device) * edge + low
    inside = _inside(field, shot_frame, crop, cameras, points, edge, lambda: False).cpu().numpy()
    found, towards = np.full((len(places), 3), np.nan, np.float32), np.zeros((len(places), 3), np.float32)
    parts = np.split(inside, np.cumsum([len(box) for box in boxes])[:-1])
    for number, (first, last, part) in enumerate(zip(firsts, lasts, parts, strict=True)):
        own = _contour(part.reshape(last - first), first, last == ends, first == 0, _ends_at_edge(field, crop))
        if own is not None:
            at = own[0] * edge + start
            nearest = int(np.argmin(np.linalg.norm(at - places[number], axis=1)))
            found[number], towards[number] = at[nearest], -own[1][nearest]
    time = torch.tensor([field.normalised_time(shot_frame)], device=field.low.device)
    met = torch.as_tensor(found, device=field.low.device)
    facing = torch.nn.functional.normalize(torch.as_tensor(towards, device=field.low.device), dim=-1)
    return Shape(met, np.zeros((0, 3), np.int32), facing, edge, time)


def _contour(
    inside: NDArray[np.float32],
    first: NDArray[np.int64],
    at_end: NDArray[np.bool_],
    at_start: NDArray[np.bool_],
    ends: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Points (V, 3), in voxels of the whole grid, and normals of the surface in a box of it; None if there is none."""
    from scipy.ndimage import gaussian_filter
    from skimage.measure import marching_cubes

    stopped = gaussian_filter(inside, SMOOTH, mode="nearest")
    if ends:
        before = at_start.astype(int)
        stopped = np.pad(stopped, np.stack([before, at_end.astype(int)], axis=1))
        first = first - before
    if not stopped.min() < 0.5 < stopped.max():
        return None
    places, _, normals, _ = marching_cubes(stopped, 0.5, gradient_direction="ascent")
    return places.astype(np.float64) + first, normals.astype(np.float64)


def _ends_at_edge(field: Field, crop: tuple[Corner, Corner] | None) -> bool:
    """Whether there is nothing beyond what is looked at."""
    return crop is not None or not field.config.opaque


def _grid(field: Field, detail: int, crop: tuple[Corner, Corner] | None) -> tuple[Tensor, float, tuple[int, int, int]]:
    """The first voxel's middle (3,), the edge of all, and how many there are along x, y and z."""
    low, high = field.low, field.high
    if crop is not None:
        corners = torch.tensor(crop, dtype=torch.float32, device=low.device)
        low, high = corners.amin(dim=0), corners.amax(dim=0)
        if not field.config.opaque:
            low, high = low.maximum(field.low), high.minimum(field.high)
    size = (high - low).clamp(min=0)
    edge = max(float(size.max()) / detail, 1e-9)
    x, y, z = (max(math.ceil(length / edge), 2) for length in size.tolist())
    return low + edge / 2, edge, (x, y, z)


def _middles(low: Tensor, edge: float, counts: tuple[int, int, int]) -> Tensor:
    """(X Y Z, 3) middles of all voxels, z first."""
    axes = [torch.arange(count, device=low.device, dtype=torch.float32) for count in counts]
    return torch.cartesian_prod(*axes) * edge + low


def _inside(
    field: Field,
    shot_frame: float,
    crop: tuple[Corner, Corner] | None,
    cameras: FootageCameras | None,
    middles: Tensor,
    edge: float,
    should_stop: Callable[[], bool],
) -> Tensor:
    """(N,) how far inside of what there is voxels lie, by their middles: from 0 to 1, with the surface at a half."""
    if cameras is not None and len(cameras.matrices):
        return fused_views(field, cameras, shot_frame, crop, middles, edge, should_stop)
    time = torch.tensor([field.normalised_time(shot_frame)], device=field.low.device)
    return _stopped(field, middles, time, should_stop)


def _stopped(field: Field, middles: Tensor, time: Tensor, should_stop: Callable[[], bool]) -> Tensor:
    """(N,) share of light that a skin of what fills each voxel stops."""
    held = field.occupancy.held(time) > START_DENSITY / 2
    # Where a cell holds something its neighbours count as well, so that surfaces do not end at a cell's edge.
    cells = field.occupancy.cells
    grown = torch.nn.functional.max_pool3d(held.view(1, 1, cells, cells, cells).float(), 3, stride=1, padding=1)
    held = grown.flatten() > 0
    found = torch.zeros(len(middles), device=middles.device)

    def piece(first: int, own: Tensor) -> None:
        if should_stop():
            raise Cancelled
        with torch.no_grad():
            unit, inside = field.to_unit(own)
            wanted = inside & held[field.occupancy.cell(unit)]
            if wanted.any():
                density = field.density(unit[wanted].contiguous(), time.expand(int(wanted.sum())))
                found[first : first + len(own)][wanted] = 1 - torch.exp(-density * _optical(field))

    at_once = _AT_ONCE[middles.device.type]
    run_together([partial(piece, at_once * number, own) for number, own in enumerate(middles.split(at_once))])
    return found


def _optical(field: Field) -> float:
    """Optical depth, at density 1, of a surface's skin."""
    return DENSITY_SCALE * _SKIN * float((field.high - field.low).max()) / field.unit_length


def _without_crumbs(solid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from scipy.ndimage import label

    pieces, count = label(solid)
    if count < 2:
        return solid
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    return np.asarray((sizes >= _CRUMB * sizes.max())[pieces] & solid)


def colours_of(field: Field, shape: Shape, should_stop: Callable[[], bool] = lambda: False) -> NDArray[np.uint8]:
    """(V, 3) sRGB, as whoever looks straight at a surface sees it.

    Raises
    ------
    Cancelled
        If `should_stop` says so.
    """
    points = shape.points.nan_to_num()
    colours = torch.zeros_like(points)

    def piece(first: int) -> None:
        if should_stop():
            raise Cancelled
        with torch.no_grad():
            own = slice(first, first + _AT_ONCE[points.device.type])
            unit, _ = field.to_unit(points[own])
            colours[own] = field(unit.contiguous(), shape.time.expand(len(unit)), shape.inwards[own].contiguous())[1]

    run_together([partial(piece, first) for first in range(0, len(points), _AT_ONCE[points.device.type])])
    # A mesh's colours are sRGB, whatever the field keeps.
    shown = linear_to_srgb(field.config.encoding.decode(colours.cpu().numpy()))
    return np.asarray((np.clip(shown, 0, 1) * 255).round(), dtype=np.uint8)
