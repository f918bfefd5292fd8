"""The field at one instant in one kernel: what pictures ask of it on GPUs. `Field.reference` is the definition.

At one instant the lattice is one code, whose share of a layer is a part of its bias, and the planes of time are lines.
What is left of a sample is gathered, run through all layers in half precision with sums in float32, and only density
and colour are written to memory.
"""

# mypy: ignore-errors
# Kernels are compiled by Triton, whose types Python's checkers do not know.
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
import triton
import triton.language as tl
from torch import Tensor
from torch.nn import functional

from .decoder import DENSEST, DENSITY_OFFSET, GEOMETRY
from .hash_grid import FEATURES
from .hash_grid_triton import cell, cells_of, row_of
from .latents_triton import between
from .model import Field
from .networks_triton import harmonic, wave
from .planes import CHANNELS, PAIRS
from .planes_triton import COLUMNS, coordinates, mixed, space_corners
from .waves import WIDTH

_AT_ONCE, _WARPS, _STAGES = 16, 1, 1
"""Samples of a program, its warps, and loads that are under way at a time in loops. A warp alone shares nothing with
others and was as fast as any; where four share a product on Hopper GPUs, Triton 3.6 computes wrong results."""
_HALF = torch.float16
_NARROWEST = 16
"""The tensor cores' shortest side."""
_CHANNELS, _FEATURES = tl.constexpr(CHANNELS), tl.constexpr(FEATURES)
_COLUMNS, _OUT = tl.constexpr(COLUMNS), tl.constexpr(_NARROWEST)
_OFFSET, _DENSEST = tl.constexpr(DENSITY_OFFSET), tl.constexpr(DENSEST)


@dataclass(frozen=True)
class _Lasting:
    """What is the same at all instants: tables in half precision, weights (in, out) padded with zeros.

    starts : (levels, 3) int32, where each level begins in `space` and among the lines, and its size.
    codes : of the first layers of deformation and decoder the weights (out, C) of what the lattice says.
    """

    space: Tensor
    starts: Tensor
    table: Tensor
    cells: Tensor
    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]
    codes: tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Instant:
    """All that the kernel reads. `lines` are planes of time at the instant, (3, size, CHANNELS), level after level."""

    lasting: _Lasting
    lines: Tensor
    biases: tuple[Tensor, ...]


_lasting: WeakKeyDictionary[Field, tuple[tuple[int, ...], _Lasting]] = WeakKeyDictionary()


@torch.no_grad()
def at_instant(field: Field, time: float) -> Instant:
    """What a field without additions says at an instant in [0, 1]; nothing here waits for the GPU."""
    lasting = _lasting_of(field)
    code = torch.cat([own.at(time) for own in field.lattice.scales])
    lines = torch.cat([own.at(time).flatten() for own in field.planes.levels]).to(_HALF)
    first, second, third, dense, *others = lasting.biases
    to_first, to_dense = (torch.addmv(bias, own, code) for bias, own in zip((first, dense), lasting.codes, strict=True))
    return Instant(lasting, lines, (to_first, second, third, to_dense, *others))


def _lasting_of(field: Field) -> _Lasting:
    """Made anew whenever a parameter has been written to."""
    written = tuple(own._version for own in field.parameters())
    if field not in _lasting or _lasting[field][0] != written:
        _lasting[field] = written, _made(field)
    return _lasting[field][1]


def _made(field: Field) -> _Lasting:
    device, planes = field.low.device, field.planes
    starts, at = [], 0
    for space in planes.space:
        size = space.shape[1]
        starts.append((at, sum(3 * before[2] * CHANNELS for before in starts), size))
        at += space.numel()
    lattice, grid = field.lattice.width, field.grid.width
    geometry, colour = field.decoder.geometry, field.decoder.colour
    first, second, head = field.deformation.first, field.deformation.second, field.deformation.head
    dense, raw, tint, last = geometry[0], geometry[2], colour[0], colour[2]
    pieces = [
        [first.weight[:, :WIDTH], *_by_level(first.weight[:, WIDTH + lattice :])],
        [second.weight],
        [head.weight],
        [dense.weight[:, :grid], *_by_level(dense.weight[:, grid + lattice :])],
        [raw.weight],
        # The network's first number is density, which has no say in colour.
        [functional.pad(tint.weight[:, :GEOMETRY], (1, 0)), tint.weight[:, GEOMETRY:]],
        [last.weight],
    ]
    layers = first, second, head, dense, raw, tint, last
    codes = first.weight[:, WIDTH : WIDTH + lattice], dense.weight[:, grid : grid + lattice]
    return _Lasting(
        torch.cat([space.flatten() for space in planes.space]).to(_HALF),
        torch.tensor(starts, dtype=torch.int32, device=device),
        field.grid.table.to(_HALF),
        cells_of(field.grid.resolutions, device),
        tuple(_weights(own) for own in pieces),
        tuple(functional.pad(own.bias, (0, _padded(len(own.bias)) - len(own.bias))) for own in layers),
        (_rows(codes[0]), _rows(codes[1])),
    )


def _rows(weight: Tensor) -> Tensor:
    return functional.pad(weight, (0, 0, 0, _padded(len(weight)) - len(weight)))


def _by_level(weight: Tensor) -> tuple[Tensor, ...]:
    return weight.split(len(PAIRS) * CHANNELS, dim=1)


def _padded(width: int) -> int:
    return max(triton.next_power_of_2(width), _NARROWEST)


def _weights(pieces: Sequence[Tensor]) -> Tensor:
    """Of (out, in) pieces each padded for itself, one above the other."""
    out = _padded(len(pieces[0]))
    padded = [
        functional.pad(own.t(), (0, out - own.shape[0], 0, _padded(own.shape[1]) - own.shape[1])) for own in pieces
    ]
    return torch.cat(padded).to(_HALF).contiguous()


@triton.jit
def _matrix(weights, IN: tl.constexpr, OUT: tl.constexpr):
    return tl.load(weights + tl.arange(0, IN)[:, None] * OUT + tl.arange(0, OUT)[None, :])


@triton.jit
def _column(values, number):
    """One column (N,) of few."""
    columns = tl.arange(0, _OUT)[None, :]
    return tl.sum(tl.where(columns == number, values, 0.0), axis=1)


@triton.jit
def _look(
    unit,
    widths,
    ray,
    towards,
    stretch,
    optical,
    colour,
    space,
    lines,
    starts,
    table,
    cells,
    w_first,
    w_second,
    w_head,
    w_dense,
    w_raw,
    w_tint,
    w_last,
    b_first,
    b_second,
    b_head,
    b_dense,
    b_raw,
    b_tint,
    b_last,
    samples,
    size,
    LEVELS: tl.constexpr,
    ENCODED: tl.constexpr,
    GRID: tl.constexpr,
    FIRST: tl.constexpr,
    SECOND: tl.constexpr,
    DENSE: tl.constexpr,
    TINTS: tl.constexpr,
    WAVES: tl.constexpr,
    N: tl.constexpr,
):
    number = tl.program_id(0) * N + tl.arange(0, N)
    there = number < samples
    n = number[:, None]
    known = there[:, None]
    x = tl.load(unit + number * 3, mask=there, other=0.0)
    y = tl.load(unit + number * 3 + 1, mask=there, other=0.0)
    z = tl.load(unit + number * 3 + 2, mask=there, other=0.0)

    seen = wave(x[:, None], y[:, None], z[:, None], tl.arange(0, WAVES)[None, :]).to(tl.float16)
    hidden = tl.dot(seen, _matrix(w_first, WAVES, FIRST)) + tl.load(b_first + tl.arange(0, FIRST))[None, :]
    dense = tl.zeros((N, DENSE), tl.float32) + tl.load(b_dense + tl.arange(0, DENSE))[None, :]
    c = tl.arange(0, _COLUMNS)[None, :]
    pair, channel = c // _CHANNELS, c % _CHANNELS
    used = known & (pair < 3)
    row, across, along = coordinates(x[:, None], y[:, None], z[:, None], pair)
    for level in range(LEVELS):
        at_space, at_line = tl.load(starts + level * 3), tl.load(starts + level * 3 + 1)
        edge = tl.load(starts + level * 3 + 2)
        a, b, e, d, fr, fc = space_corners(row, across, pair, channel, edge)
        where = mixed(space + at_space, a, b, e, d, fr, fc, used)
        before, after, share = between(along, edge)
        line = lines + at_line
        one = tl.load(line + (pair * edge + before) * _CHANNELS + channel, mask=used, other=0.0).to(tl.float32)
        other = tl.load(line + (pair * edge + after) * _CHANNELS + channel, mask=used, other=0.0).to(tl.float32)
        code = (where * (one + share * (other - one))).to(tl.float16)
        hidden += tl.dot(code, _matrix(w_first + (WAVES + level * _COLUMNS) * FIRST, _COLUMNS, FIRST))
        dense += tl.dot(code, _matrix(w_dense + (GRID + level * _COLUMNS) * DENSE, _COLUMNS, DENSE))

    hidden = tl.maximum(hidden, 0.0).to(tl.float16)
    hidden = tl.dot(hidden, _matrix(w_second, FIRST, SECOND)) + tl.load(b_second + tl.arange(0, SECOND))[None, :]
    hidden = tl.maximum(hidden, 0.0).to(tl.float16)
    moved = tl.dot(hidden, _matrix(w_head, SECOND, _OUT)) + tl.load(b_head + tl.arange(0, _OUT))[None, :]
    # Columns of a twist that is not said are zero.
    turn_x, turn_y, turn_z = _column(moved, 3), _column(moved, 4), _column(moved, 5)
    arm_x, arm_y, arm_z = 2 * x - 1, 2 * y - 1, 2 * z - 1
    x += _column(moved, 0) + turn_y * arm_z - turn_z * arm_y
    y += _column(moved, 1) + turn_z * arm_x - turn_x * arm_z
    z += _column(moved, 2) + turn_x * arm_y - turn_y * arm_x

    g = tl.arange(0, GRID)[None, :]
    level, feature = g // _FEATURES, g % _FEATURES
    encodes = known & (g < ENCODED)
    resolution = tl.load(cells + level, mask=g < ENCODED, other=1)
    kx, fx = cell(x[:, None], resolution)
    ky, fy = cell(y[:, None], resolution)
    kz, fz = cell(z[:, None], resolution)
    code = tl.zeros((N, GRID), tl.float32)
    own = level * size
    # Loops that are not unrolled: the tile fills the registers as it is.
    for k in range(8):
        i, j, m = k & 1, (k >> 1) & 1, (k >> 2) & 1
        share = tl.where(i > 0, fx, 1 - fx) * tl.where(j > 0, fy, 1 - fy) * tl.where(m > 0, fz, 1 - fz)
        at = (own + row_of(kx + i, ky + j, kz + m, resolution, size)) * _FEATURES + feature
        code += share * tl.load(table + at, mask=encodes, other=0.0).to(tl.float32)
    dense += tl.dot(code.to(tl.float16), _matrix(w_dense, GRID, DENSE))
    dense = tl.maximum(dense, 0.0).to(tl.float16)
    raw = tl.dot(dense, _matrix(w_raw, DENSE, _OUT)) + tl.load(b_raw + tl.arange(0, _OUT))[None, :]
    density = tl.exp(tl.minimum(_column(raw, 0) + _OFFSET, _DENSEST))
    own_ray = tl.load(ray + number, mask=there, other=0)
    width = tl.load(widths + number, mask=there, other=0.0) * tl.load(stretch + own_ray, mask=there, other=0.0)
    tl.store(optical + number, density * width, mask=there)
    dx = tl.load(towards + own_ray * 3, mask=there, other=0.0)
    dy = tl.load(towards + own_ray * 3 + 1, mask=there, other=0.0)
    dz = tl.load(towards + own_ray * 3 + 2, mask=there, other=0.0)
    seen = harmonic(dx[:, None], dy[:, None], dz[:, None], tl.arange(0, _OUT)[None, :]).to(tl.float16)
    tint = tl.dot(raw.to(tl.float16), _matrix(w_tint, _OUT, TINTS))
    tint += tl.dot(seen, _matrix(w_tint + _OUT * TINTS, _OUT, TINTS)) + tl.load(b_tint + tl.arange(0, TINTS))[None, :]
    tint = tl.maximum(tint, 0.0).to(tl.float16)
    last = tl.dot(tint, _matrix(w_last, TINTS, _OUT)) + tl.load(b_last + tl.arange(0, _OUT))[None, :]
    channels = tl.arange(0, _OUT)[None, :]
    tl.store(colour + n * 3 + channels, 1 / (1 + tl.exp(-last)), mask=known & (channels < 3))


def look(
    instant: Instant, unit: Tensor, widths: Tensor, ray: Tensor, towards: Tensor, stretch: Tensor
) -> tuple[Tensor, Tensor]:
    """Optical depth (S,) and encoded colour (S, 3) of samples (S, 3) in the unit cube.

    Parameters
    ----------
    widths : (S,) float32, ray parameter that each sample stands for.
    ray : (S,) int32, the ray of each sample.
    towards : (R, 3) unit directions of rays.
    stretch : (R,) float32, optical depth of a ray parameter of 1 where density is 1.
    """
    samples, own = len(unit), instant.lasting
    optical, colour = unit.new_empty(samples), unit.new_empty(samples, 3)
    if samples:
        encoded = len(own.cells) * FEATURES
        layers = [instant.biases[k].shape[0] for k in (0, 1, 3, 5)]
        _look[(triton.cdiv(samples, _AT_ONCE),)](
            *(unit, widths, ray, towards, stretch, optical, colour),
            *(own.space, instant.lines, own.starts, own.table, own.cells),
            *own.weights,
            *instant.biases,
            *(samples, own.table.shape[1], len(own.starts), encoded, _padded(encoded)),
            *(*layers, _padded(WIDTH), _AT_ONCE),
            num_warps=_WARPS,
            num_stages=_STAGES,
        )
    return optical, colour
