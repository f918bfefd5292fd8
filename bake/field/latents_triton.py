"""The temporal lattice's fast path on GPUs; `latents.TemporalLattice.forward` is the definition."""

# mypy: ignore-errors
# Kernels are compiled by Triton, whose types Python's checkers do not know.
from __future__ import annotations

import triton
import triton.language as tl
from torch import Tensor

from .segments import Window

_AT_ONCE = 128


@triton.jit
def between(value, count):
    """The knots around values in [0, 1], of `count` even ones, and the share of the way from one to the other."""
    scaled = tl.minimum(tl.maximum(value, 0.0), 1.0) * (count - 1)
    knot = tl.minimum(scaled.to(tl.int32), tl.maximum(count - 2, 0))
    return knot, tl.minimum(knot + 1, count - 1), scaled - knot.to(tl.float32)


@triton.jit
def _forward(places, codes, rows, samples, first, count, width, column, size, C: tl.constexpr, N: tl.constexpr):
    n = tl.program_id(0) * N + tl.arange(0, N)
    c = tl.arange(0, C)[None, :]
    there = n < samples
    before, after, share = between(tl.load(places + n, mask=there, other=0.0), count)
    before, after, share = (before - first)[:, None], (after - first)[:, None], share[:, None]
    used = there[:, None] & (c < size)
    one = tl.load(codes + before * size + c, mask=used, other=0.0)
    other = tl.load(codes + after * size + c, mask=used, other=0.0)
    at = rows + n.to(tl.int64)[:, None] * width + column + c
    tl.store(at, (one + share * (other - one)).to(rows.dtype.element_ty), mask=used)


@triton.jit
def _backward(places, rows, grads, samples, count, width, column, size, C: tl.constexpr, N: tl.constexpr):
    n = tl.program_id(0) * N + tl.arange(0, N)
    c = tl.arange(0, C)[None, :]
    there = n < samples
    before, after, share = between(tl.load(places + n, mask=there, other=0.0), count)
    before, after, share = before[:, None], after[:, None], share[:, None]
    used = there[:, None] & (c < size)
    grad = tl.load(rows + n.to(tl.int64)[:, None] * width + column + c, mask=used, other=0.0).to(tl.float32)
    tl.atomic_add(grads + before * size + c, (1 - share) * grad, mask=used)
    tl.atomic_add(grads + after * size + c, share * grad, mask=used)


def codes_into(places: Tensor, codes: Window, rows: Tensor, column: int) -> None:
    """Codes (K, C) at places (N,), from the shot's first knot at 0 to its last at 1, into C columns of rows."""
    if len(places):
        size, of = codes.values.shape[1], codes.values.contiguous()
        grid, wide = (triton.cdiv(len(places), _AT_ONCE),), triton.next_power_of_2(size)
        known = len(places), codes.first, codes.count, rows.shape[1], column, size
        _forward[grid](places, of, rows, *known, wide, _AT_ONCE)


def codes_backward(places: Tensor, rows: Tensor, column: int, grad_codes: Tensor) -> None:
    """From the gradient of rows: adds to that of the codes."""
    if len(places):
        knots, size = grad_codes.shape
        grid, wide = (triton.cdiv(len(places), _AT_ONCE),), triton.next_power_of_2(size)
        _backward[grid](places, rows, grad_codes, len(places), knots, rows.shape[1], column, size, wide, _AT_ONCE)
