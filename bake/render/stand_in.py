"""Meshes that stand in for a field where it is small: its surfaces, with the light that comes from them.

A vertex shines with what short rays through it see, as its surroundings are seen from a few of the places from which
the field was filmed: the mean of those that look at its front. One point of the field would not do, as a field's
surfaces are no sheets but thin clouds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..contract.errors import Cancelled
from ..contract.field_file import FootageCameras
from ..contract.messages import StandInRequest
from ..device.threads import run_together
from ..field.model import Field
from .frame import filmed_stops, light
from .march import march
from .sampling import Effort, Rays
from .surface import Shape, surface_shape
from .voxels import apart, around

_BEFORE, _BEHIND = 3.0, 5.0
"""Voxels before and behind a vertex that its rays go through."""
_EFFORT = Effort(24, 12, 1e-3)
_FACES = 0.2
"""Cosine from which on a place looks at the front of a surface."""
_SEEN = 0.2
"""Alpha from which on a ray says what there is to see."""
_AT_ONCE = {"cpu": 2**12, "cuda": 2**16}


@dataclass(frozen=True)
class StandIn:
    """`points` (V, 3) float32, capture space; `light` (V, 3) float32, linear Rec.709; `triangles` (T, 3) int32."""

    points: NDArray[np.float32]
    light: NDArray[np.float32]
    triangles: NDArray[np.int32]


@torch.no_grad()
def stand_in_mesh(
    field: Field,
    request: StandInRequest,
    cameras: FootageCameras | None,
    should_stop: Callable[[], bool] = lambda: False,
) -> StandIn:
    """The mesh of an instant, empty where there is nothing.

    Parameters
    ----------
    cameras : FootageCameras or None
        Of the footage, if they are known.

    Raises
    ------
    UserError
        If the field does not know how its footage was exposed.
    Cancelled
        If `should_stop` says so.
    """
    shape = surface_shape(field, request.shot_frame, request.detail, request.crop, cameras, should_stop)
    shines = light_of(field, request, shape, cameras, should_stop)
    return StandIn(shape.points.cpu().numpy(), shines, shape.triangles)


@torch.no_grad()
def light_of(
    field: Field,
    request: StandInRequest,
    shape: Shape,
    cameras: FootageCameras | None,
    should_stop: Callable[[], bool] = lambda: False,
) -> NDArray[np.float32]:
    """(V, 3) linear Rec.709 that comes from the vertices of a shape; others and errors as those of `stand_in_mesh`."""
    stops = np.float32(0) if request.exposure_of is None else filmed_stops(field, request.exposure_of)
    middle = ((field.low + field.high) / 2).cpu().numpy()
    filmed = cameras is not None and len(cameras.matrices)
    places = apart(cameras.matrices[:, :3, 3], middle) if cameras is not None and filmed else around(field)
    colour = _seen_from(
        field, shape, torch.as_tensor(places, dtype=torch.float32, device=field.low.device), should_stop
    )
    return light(colour.cpu().numpy(), np.ones(len(colour), np.float32), stops, field.config.encoding)[:, :3]


def _seen_from(field: Field, shape: Shape, places: Tensor, should_stop: Callable[[], bool]) -> Tensor:
    """(V, 3) colour as the field keeps it."""
    found = torch.zeros_like(shape.points)
    at_once = _AT_ONCE[found.device.type]

    def piece(first: int) -> None:
        if should_stop():
            raise Cancelled
        with torch.no_grad():
            own = slice(first, first + at_once)
            found[own] = _colour(field, shape.points[own], shape.inwards[own], places, shape)

    run_together([partial(piece, first) for first in range(0, len(found), at_once)])
    return found


def _colour(field: Field, points: Tensor, inwards: Tensor, places: Tensor, shape: Shape) -> Tensor:
    total, weight = torch.zeros_like(points), torch.zeros(len(points), 1, device=points.device)
    for place in places:
        towards = torch.nn.functional.normalize(points - place, dim=-1)
        faces = (towards * inwards).sum(dim=-1)
        _add(field, points, towards, faces, faces > _FACES, shape, total, weight)
    # What no place looks at is seen straight on.
    _add(field, points, inwards, torch.ones_like(weight[:, 0]), weight[:, 0] == 0, shape, total, weight)
    lost = (weight == 0)[:, 0]
    if lost.any():
        unit, _ = field.to_unit(points[lost])
        time = shape.time.expand(int(lost.sum()))
        total[lost], weight[lost] = field(unit.contiguous(), time, inwards[lost].contiguous())[1], 1.0
    return total / weight


def _add(
    field: Field,
    points: Tensor,
    towards: Tensor,
    faces: Tensor,
    wanted: Tensor,
    shape: Shape,
    total: Tensor,
    weight: Tensor,
) -> None:
    """Add what rays along `towards` see to those of the points that are wanted, weighed by how they face."""
    chosen = wanted.nonzero()[:, 0]
    if not len(chosen):
        return
    back = field.unit_length
    reach = torch.full((len(chosen),), back, device=points.device)
    origins = points[chosen] - towards[chosen] * back
    rays = Rays(
        origins,
        towards[chosen].contiguous(),
        shape.time.expand(len(chosen)).contiguous(),
        reach - _BEFORE * shape.edge,
        reach + _BEHIND * shape.edge,
    )
    seen = march(field, rays, _EFFORT)
    good = seen.alpha > _SEEN
    number, share = chosen[good], faces[chosen[good], None]
    total[number] += share * seen.colour[good] / seen.alpha[good, None]
    weight[number] += share
