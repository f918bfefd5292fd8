"""Pictures on GPUs: rays are cast, looked along and developed where the field lies, and only the result is handed over.

The definitions are `View.rays`, `march` and `frame.finished`. A picture is of one instant, so the field is asked by
`field.instant_triton`, in half precision, unless the field wants it full.
"""

# mypy: ignore-errors
# Kernels are compiled by Triton, whose types Python's checkers do not know.
from __future__ import annotations

import numpy as np
import torch
import triton
import triton.language as tl
from numpy.typing import NDArray
from torch import Tensor

from ..contract.camera import Camera, LensModel, Projection
from ..contract.colour import KNEE, KNEE_CODE, POWER, RISE, SLOPE, Encoding
from ..contract.plate import EMPTY_DEPTH, VISIBLE_ALPHA
from ..field.instant_triton import at_instant, look
from ..field.model import DENSITY_SCALE, Field
from .compositing_triton import seen_triton
from .sampling import Box, Effort, Rays
from .sampling_triton import emit, survey

_AT_ONCE = 256
_KNEE, _KNEE_CODE, _POWER = tl.constexpr(KNEE), tl.constexpr(KNEE_CODE), tl.constexpr(POWER)
_RISE, _SLOPE = tl.constexpr(RISE), tl.constexpr(SLOPE)
_EMPTY, _VISIBLE = tl.constexpr(EMPTY_DEPTH), tl.constexpr(VISIBLE_ALPHA)


@triton.jit
def _cast(
    pose,
    origins,
    directions,
    starts,
    ends,
    first,
    rays,
    width,
    fx,
    fy,
    cx,
    cy,
    near,
    far,
    nearest,
    farthest,
    BOUNDED: tl.constexpr,
    N: tl.constexpr,
):
    """`pose` is twelve numbers, row by row, and the corners of the field's box."""
    n = tl.program_id(0) * N + tl.arange(0, N)
    there = n < rays
    pixel = first + n
    x = ((pixel % width).to(tl.float32) + 0.5 - cx) / fx
    y = -((pixel // width).to(tl.float32) + 0.5 - cy) / fy
    squared = tl.zeros((N,), tl.float32)
    enters = tl.zeros((N,), tl.float32) - float("inf")
    leaves = tl.zeros((N,), tl.float32) + float("inf")
    for axis in tl.static_range(3):
        row = pose + 4 * axis
        along = tl.load(row) * x + tl.load(row + 1) * y - tl.load(row + 2)
        origin = tl.zeros((N,), tl.float32) + tl.load(row + 3)
        tl.store(directions + n * 3 + axis, along, mask=there)
        tl.store(origins + n * 3 + axis, origin, mask=there)
        squared += along * along
        safe = tl.where(tl.abs(along) < 1e-9, 1e-9, along)
        one = (tl.load(pose + 12 + axis) - origin) / safe
        other = (tl.load(pose + 15 + axis) - origin) / safe
        enters = tl.maximum(enters, tl.minimum(one, other))
        leaves = tl.minimum(leaves, tl.maximum(one, other))
    length = tl.sqrt(squared)
    start, end = near / length, far / length
    if BOUNDED:
        start, end = tl.maximum(start, enters), leaves
    tl.store(starts + n, tl.maximum(start, nearest), mask=there)
    tl.store(ends + n, tl.minimum(end, farthest), mask=there)


def casts(camera: Camera) -> bool:
    """Whether `cast` knows a camera's rays."""
    return camera.projection is Projection.PERSPECTIVE and camera.lens.model is LensModel.NONE


def cast(field: Field, camera: Camera, pose: NDArray[np.float64], first: int, last: int, time: float) -> Rays:
    """Rays of the pixels from `first` to before `last`, row by row, through a camera that `casts`.

    Parameters
    ----------
    pose : (4, 4) float64
        Camera space to capture space.
    """
    config, device, rays = field.config, field.low.device, last - first
    numbers = [*pose[:3].ravel(), *config.low, *config.high]
    told = torch.tensor(numbers, dtype=torch.float32, device=device)
    made = torch.empty(rays * 6, device=device)
    origins, directions = made[: rays * 3].view(-1, 3), made[rays * 3 :].view(-1, 3)
    start, end = torch.empty(rays, device=device), torch.empty(rays, device=device)
    _cast[(triton.cdiv(rays, _AT_ONCE),)](
        *(told, origins, directions, start, end, first, rays, camera.width),
        *(float(camera.fx), float(camera.fy), float(camera.cx), float(camera.cy)),
        *(float(config.near), float(config.far), float(camera.near), float(camera.far)),
        *(not config.opaque, _AT_ONCE),
    )
    return Rays(origins, directions, torch.full((rays,), time, device=device), start, end)


@torch.no_grad()
def seen_there(
    field: Field, rays: Rays, time: float, effort: Effort, crop: Box | None
) -> tuple[Tensor, Tensor, Tensor]:
    """As `View.seen`, of rays of one instant in [0, 1]; in the middle of each step, as pictures are."""
    effort = effort.share(field.config.samples_share, field.config.steps_share)
    found = survey(field, rays, effort, None, crop)
    samples = emit(found, int(found.offsets[-1]))
    length = rays.directions.norm(dim=-1)
    towards = rays.directions / length[:, None]
    here, when = field.at(time)
    stretch = length * (DENSITY_SCALE / field.unit_length)
    optical, colours = look(at_instant(here, when), samples.unit, samples.widths, samples.ray, towards, stretch)
    colour, alpha, depth = seen_triton(
        optical, colours, samples.places, samples.first, samples.last, samples.widths, found.counts
    )
    if field.sky is not None and crop is None:
        colour = colour + field.sky(towards) * (1 - alpha)[:, None]
        depth, alpha = torch.where(alpha >= 0.5, depth, EMPTY_DEPTH), torch.ones_like(alpha)
    if rays.blind is not None:
        colour, alpha = colour * ~rays.blind[:, None], alpha * ~rays.blind
    return colour, alpha, depth


@triton.jit
def _light(stored, white, WHITE: tl.constexpr):
    """Light of stored values in [0, 1]; see `curve.light_of`."""
    scaled = stored / white
    low = tl.minimum(scaled, 1.0)
    above = tl.exp2(tl.log2((low + _KNEE) / (1 + _KNEE)) * _POWER)
    shown = tl.where(low <= _KNEE_CODE, low / _SLOPE, above)
    return shown if WHITE else tl.where(scaled <= 1, shown, tl.exp((tl.maximum(scaled, 1.0) - 1) / _RISE))


@triton.jit
def _develop(
    colours,
    alphas,
    depths,
    told,
    rgba,
    depth,
    pixels,
    by_colour,
    by_alpha,
    by_depth,
    white,
    WHITE: tl.constexpr,
    N: tl.constexpr,
):
    """`told` is a matrix of three rows to Rec.709, each channel's exposure multiplied in."""
    n = tl.program_id(0) * N + tl.arange(0, N)
    there = n < pixels
    alpha = tl.load(alphas + n * by_alpha, mask=there, other=0.0)
    alpha = tl.minimum(tl.maximum(alpha, 0.0), 1.0)
    whole = tl.maximum(alpha, 1e-6)
    red = tl.load(colours + n * by_colour, mask=there, other=0.0) / whole
    green = tl.load(colours + n * by_colour + 1, mask=there, other=0.0) / whole
    blue = tl.load(colours + n * by_colour + 2, mask=there, other=0.0) / whole
    red = _light(tl.minimum(tl.maximum(red, 0.0), 1.0), white, WHITE) * alpha
    green = _light(tl.minimum(tl.maximum(green, 0.0), 1.0), white, WHITE) * alpha
    blue = _light(tl.minimum(tl.maximum(blue, 0.0), 1.0), white, WHITE) * alpha
    for row in tl.static_range(3):
        mixed = tl.load(told + row * 3) * red + tl.load(told + row * 3 + 1) * green + tl.load(told + row * 3 + 2) * blue
        tl.store(rgba + n * 4 + row, mixed, mask=there)
    tl.store(rgba + n * 4 + 3, alpha, mask=there)
    far = tl.load(depths + n * by_depth, mask=there, other=0.0)
    tl.store(depth + n, tl.where(alpha >= _VISIBLE, far, _EMPTY), mask=there)


def developed(
    seen: tuple[Tensor, Tensor, Tensor], stops: NDArray[np.float32] | np.float32, encoding: Encoding
) -> tuple[Tensor, Tensor]:
    """From what `seen_there` gives to rgba (R, 4) and depth (R,), as `frame.finished` has them."""
    colour, alpha, depth = seen
    gains = np.broadcast_to(np.exp2(stops, dtype=np.float32), (3,))
    matrix = encoding.to_rec709(np.eye(3, dtype=np.float32)).T * gains
    told = torch.tensor(matrix.ravel().tolist(), device=colour.device)
    rgba, far = alpha.new_empty(len(alpha), 4), torch.empty_like(alpha)
    _develop[(triton.cdiv(len(alpha), _AT_ONCE),)](
        *(colour, alpha, depth, told, rgba, far, len(alpha)),
        *(colour.stride(0), alpha.stride(0), depth.stride(0)),
        *(float(encoding.white), encoding.white == 1, _AT_ONCE),
    )
    return rgba, far
