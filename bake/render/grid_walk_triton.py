"""How a ray goes through the occupancy grid, as both walks of `sampling_triton` go."""

# mypy: ignore-errors
# Kernels are compiled by Triton, whose language Python's types do not describe.
from __future__ import annotations

import triton
import triton.language as tl

from ..field.model import DENSITY_SCALE
from .sampling import THICKEST

_SCALE, _THICKEST = tl.constexpr(DENSITY_SCALE), tl.constexpr(THICKEST)


@triton.jit
def ray_in_box(origins, directions, start, end, ray, mask, cx, cy, cz, hx, hy, hz, unit_length, OPAQUE: tl.constexpr):
    """Rays in centred and scaled coordinates, start and direction; where steps begin and their span, as `step_bound`
    takes them; unit lengths per ray parameter."""
    dx = tl.load(directions + ray * 3, mask=mask, other=0.0)
    dy = tl.load(directions + ray * 3 + 1, mask=mask, other=0.0)
    dz = tl.load(directions + ray * 3 + 2, mask=mask, other=0.0)
    ax = (tl.load(origins + ray * 3, mask=mask, other=0.0) - cx) / hx
    ay = (tl.load(origins + ray * 3 + 1, mask=mask, other=0.0) - cy) / hy
    az = (tl.load(origins + ray * 3 + 2, mask=mask, other=0.0) - cz) / hz
    length = tl.sqrt(dx * dx + dy * dy + dz * dz) / unit_length
    t0 = tl.load(start + ray, mask=mask, other=0.0)
    t1 = tl.maximum(t0, tl.load(end + ray, mask=mask, other=0.0))
    span = t1 - t0
    if OPAQUE:
        t0 = tl.maximum(t0, unit_length * 1e-6)
        span = tl.log2(tl.maximum(t1 / t0, 1.0))
    return ax, ay, az, dx / hx, dy / hy, dz / hz, t0, span, length


@triton.jit
def step_bound(t0, span, number, steps, OPAQUE: tl.constexpr):
    """Ray parameters at which a step begins."""
    share = tl.minimum(number, steps).to(tl.float32) / steps.to(tl.float32)
    t = t0 + span * share
    if OPAQUE:
        t = t0 * tl.exp2(span * share)
    return t


@triton.jit
def into_cube(x, y, z, OPAQUE: tl.constexpr):
    """Centred and scaled coordinates into the unit cube, as `space.to_unit_cube`."""
    shrink = tl.full(x.shape, 0.5, tl.float32)
    if OPAQUE:
        far = tl.maximum(tl.maximum(tl.abs(x), tl.abs(y)), tl.maximum(tl.abs(z), 1.0))
        shrink = (2.0 - 1.0 / far) / far * 0.25
    x = tl.minimum(tl.maximum(x * shrink + 0.5, 0.0), 1.0)
    y = tl.minimum(tl.maximum(y * shrink + 0.5, 0.0), 1.0)
    z = tl.minimum(tl.maximum(z * shrink + 0.5, 0.0), 1.0)
    return x, y, z


@triton.jit
def crop_along(crop, axis: tl.constexpr, centre, half):
    low = (tl.load(crop + axis) - centre) / half
    high = (tl.load(crop + 3 + axis) - centre) / half
    return low, high


@triton.jit
def cell_at(x, y, z, x0, y0, z0, x1, y1, z1, cells, OPAQUE: tl.constexpr, CROPPED: tl.constexpr):
    """Places in the unit cube, and their cells, -1 where nothing can be. `x0` to `z1` are the corners of the crop."""
    ux, uy, uz = into_cube(x, y, z, OPAQUE)
    size = cells.to(tl.float32)
    i = tl.minimum((ux * size).to(tl.int32), cells - 1)
    j = tl.minimum((uy * size).to(tl.int32), cells - 1)
    k = tl.minimum((uz * size).to(tl.int32), cells - 1)
    cell = (k * cells + j) * cells + i
    if not OPAQUE:
        inside = (tl.abs(x) <= 1.0) & (tl.abs(y) <= 1.0) & (tl.abs(z) <= 1.0)
        cell = tl.where(inside, cell, -1)
    if CROPPED:
        within = (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1) & (z >= z0) & (z <= z1)
        cell = tl.where(within, cell, -1)
    return ux, uy, uz, cell


@triton.jit
def weighed(grid, cell, width, length, crossed, passed, thinnest, shortest, solid):
    """Weights of steps by the grid, -1 where nothing is looked at, and what they let pass."""
    mask = (cell >= 0) & (passed > solid) & (width > 0.0)
    density = tl.load(grid + cell, mask=mask, other=0.0) * _SCALE
    long = width * length
    holds = density * tl.maximum(long, shortest) > thinnest
    depth = tl.where(holds, tl.minimum(density * long, tl.minimum(crossed, 1.0) * _THICKEST), 0.0)
    # Triton knows no expm1.
    thin = depth * (1.0 - depth * (0.5 - depth * (1.0 / 6 - depth * (1.0 / 24 - depth * (1.0 / 120)))))
    stopped = tl.where(depth < 0.1, thin, 1.0 - tl.exp(-depth))
    return tl.where(depth > 0.0, passed * stopped, -1.0), passed * (1.0 - stopped)


@triton.jit
def within_slab(a, b, low, high, enters, leaves):
    """From where to where rays, along one axis, are also between `low` and `high`."""
    flat = b == 0.0
    safe = tl.where(flat, 1.0, b)
    one, two = (low - a) / safe, (high - a) / safe
    misses = flat & ((a < low) | (a > high))
    enters = tl.where(flat, enters, tl.maximum(enters, tl.minimum(one, two)))
    leaves = tl.where(flat, leaves, tl.minimum(leaves, tl.maximum(one, two)))
    return enters, tl.where(misses, -1e30, leaves)
