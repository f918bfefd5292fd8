"""A field at one instant as surfels: round pieces of surface, light enough for any GPU while something moves.

The cells that occupancy holds are cut into voxels; those that stop light and touch one that does not become a surfel
each, with the colour that they show to whoever looks along their normal. What is thin or soft is left out, what is
buried as well: surfels are for finding one's way, the marched picture is the truth.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from ..contract.colour import Encoding, Gamut
from ..contract.errors import Cancelled
from ..contract.preview_file import Surfels
from ..device.threads import run_together
from ..field.model import DENSITY_SCALE, Field
from ..field.space import from_unit_cube
from .march import march
from .sampling import Effort, Rays

_STOPS_LIGHT = 0.5
"""Share of light that a voxel must stop to be seen."""
_SKIN = 0.5
"""Thickness in occupancy cells over which a surface may stop its light."""
_GROW = 0.65
"""Radius of a surfel in edges of its voxel: neighbours overlap, so that a surface has no holes."""
_AT_ONCE = {"cpu": 2**12, "cuda": 2**18}
_SKY = (24, 48)
_BEYOND = Effort(96, 12)
_NEIGHBOURS = ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1))


@torch.no_grad()
def distil(
    field: Field,
    shot_frame: float,
    fineness: int,
    stops: np.ndarray | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Surfels:
    """The surfels of an instant.

    Parameters
    ----------
    fineness : int
        Voxels along an edge of an occupancy cell, from 1 on.
    stops : (3,) float32 or None
        Handed on; None for none.

    Raises
    ------
    Cancelled
        If `should_stop` says so.
    """
    time = torch.tensor([field.normalised_time(shot_frame)], device=field.low.device)
    edge = 1.0 / (field.occupancy.cells * fineness)
    voxels = _voxels(field, time, fineness, edge)
    unit = (voxels + 0.5) * edge
    stopped = 1 - torch.exp(-_everywhere(field, unit, time, should_stop) * _optical(field, edge))
    beside = _beside(voxels, stopped, field.occupancy.cells * fineness)
    seen = (stopped > _STOPS_LIGHT) & (beside.amin(dim=-1) < _STOPS_LIGHT)
    unit, beside = unit[seen], beside[seen]
    inwards = torch.stack([beside[:, axis] - beside[:, axis + 1] for axis in (0, 2, 4)], dim=-1)
    inwards = torch.nn.functional.normalize(inwards, dim=-1)
    colours = _colours(field, unit, time, inwards, should_stop)
    centres = from_unit_cube(unit, field.low, field.high, field.config.opaque)
    beyond = from_unit_cube(unit + edge, field.low, field.high, field.config.opaque)
    return Surfels(
        centres.cpu().numpy(),
        (_GROW * (beyond - centres).abs().amax(dim=-1)).cpu().numpy(),
        _bytes(colours, field.config.encoding),
        np.zeros(3, np.float32) if stops is None else np.asarray(stops, np.float32),
        _sky(field, time),
        field.config.encoding.white,
    )


def _optical(field: Field, edge: float) -> float:
    """Optical depth at density 1 of a voxel's edge within the bounds, or of what a surface's skin is thick if that is
    more: it is several fine voxels thick, and none of them stops much alone."""
    across = max(edge, _SKIN / field.occupancy.cells) * (4 if field.config.opaque else 2) / 2
    return DENSITY_SCALE * across


def _voxels(field: Field, time: Tensor, fineness: int, edge: float) -> Tensor:
    """(N, 3) int64, x, y, z of the voxels of cells that may stop enough light."""
    density = field.occupancy.held(time)
    least = -math.log(1 - _STOPS_LIGHT) / _optical(field, edge)
    # What a cell remembers decays between looks, so half of what is asked for is enough to look.
    cells = (density > least / 2).nonzero().flip(-1)
    steps = torch.arange(fineness, device=cells.device)
    within = torch.cartesian_prod(steps, steps, steps).reshape(-1, 3)
    return (cells[:, None] * fineness + within).reshape(-1, 3)


def _everywhere(field: Field, unit: Tensor, time: Tensor, should_stop: Callable[[], bool]) -> Tensor:
    """Densities (N,)."""
    return _together(lambda own: field.density(own, time.expand(len(own))), (unit,), should_stop, unit.new_empty(0))


def _colours(field: Field, unit: Tensor, time: Tensor, inwards: Tensor, should_stop: Callable[[], bool]) -> Tensor:
    """Encoded colours (N, 3), seen along `inwards`."""
    return _together(
        lambda own, towards: field(own, time.expand(len(own)), towards)[1],
        (unit, inwards),
        should_stop,
        unit.new_empty(0, 3),
    )


def _together(
    ask: Callable[..., Tensor], arguments: tuple[Tensor, ...], should_stop: Callable[[], bool], nothing: Tensor
) -> Tensor:
    """What `ask` says of (N, ...) arguments, in pieces, on all cores."""

    def piece(*own: Tensor) -> Tensor:
        if should_stop():
            raise Cancelled
        with torch.no_grad():
            return ask(*own)

    at_once = _AT_ONCE[nothing.device.type]
    pieces = zip(*(argument.contiguous().split(at_once) for argument in arguments), strict=True)
    return torch.cat([nothing, *run_together([partial(piece, *own) for own in pieces if len(own[0])])])


def _beside(voxels: Tensor, stopped: Tensor, count: int) -> Tensor:
    """What the six neighbours of each voxel stop, (N, 6), in the order of `_NEIGHBOURS`; 0 where nobody looked."""
    padded = torch.zeros((count + 2,) * 3, dtype=stopped.dtype, device=stopped.device)
    x, y, z = (voxels + 1).unbind(-1)
    padded[x, y, z] = stopped
    return torch.stack([padded[x + dx, y + dy, z + dz] for dx, dy, dz in _NEIGHBOURS], dim=-1)


def _sky(field: Field, time: Tensor) -> np.ndarray | None:
    """What is seen beyond the bounds, (rows, columns, 4) uint8.

    Not the sky alone: in short bakes haze hides it, so that nothing has ever taught it its colour.
    """
    if field.sky is None:
        return None
    rows, columns = _SKY
    up = (0.5 - (torch.arange(rows, device=field.low.device) + 0.5) / rows) * math.pi
    turn = ((torch.arange(columns, device=field.low.device) + 0.5) / columns * 2 - 1) * math.pi
    up, turn = torch.meshgrid(up, turn, indexing="ij")
    directions = torch.stack([up.cos() * turn.cos(), up.cos() * turn.sin(), up.sin()], dim=-1).view(-1, 3)
    middle, half = (field.low + field.high) / 2, (field.high - field.low) / 2
    leaves = (half / directions.abs().clamp(min=1e-9)).amin(dim=-1)
    far = torch.full_like(leaves, field.config.far).maximum(leaves)
    rays = Rays(middle.expand_as(directions), directions, time.expand(len(directions)), leaves, far)
    return _bytes(march(field, rays, _BEYOND).over(0.0), field.config.encoding).reshape(rows, columns, 4)


def _bytes(colours: Tensor, encoding: Encoding) -> np.ndarray:
    """(N, 3) encoded in [0, 1] to (N, 4) uint8, opaque, in the same curve but in the primaries of Rec.709."""
    stored = colours.clamp(0, 1).cpu()
    if encoding.gamut is not Gamut.REC709:
        shown = replace(encoding, gamut=Gamut.REC709)
        stored = torch.from_numpy(shown.encode(encoding.decode(stored.numpy())))
    return np.asarray(torch.nn.functional.pad(stored * 255, (0, 1), value=255.0).round().to(torch.uint8).numpy())
