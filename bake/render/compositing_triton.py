"""Compositing's fast path on GPUs; `compositing.composite_reference` is the definition.

One lane follows one ray, with sums over the samples before in place of those over pairs, as `compositing_numba`.
"""

# mypy: ignore-errors
# Kernels are compiled by Triton, whose language Python's types do not describe.
from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from ..device.triton_ready import RAYS_A_PROGRAM


@triton.jit(do_not_specialize=["rays"])
def _forward_kernel(optical, colour, middles, widths, counts, ends, rays, weights, out, BLOCK: tl.constexpr):
    """`out` (R, 6): colour, alpha, distance, spread."""
    ray = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = ray < rays
    count = tl.load(counts + ray, mask=mask, other=0).to(tl.int32)
    offset = tl.load(ends + ray, mask=mask, other=0) - count
    passed = tl.full([BLOCK], 1.0, tl.float32)
    red = tl.full([BLOCK], 0.0, tl.float32)
    green = tl.full([BLOCK], 0.0, tl.float32)
    blue = tl.full([BLOCK], 0.0, tl.float32)
    below = tl.full([BLOCK], 0.0, tl.float32)
    moment = tl.full([BLOCK], 0.0, tl.float32)
    spread = tl.full([BLOCK], 0.0, tl.float32)
    longest = tl.max(count, axis=0)
    n = 0
    while n < longest:
        there = n < count
        s = offset + n
        left = passed * tl.exp(-tl.load(optical + s, mask=there, other=0.0))
        weight = passed - left
        passed = left
        tl.store(weights + s, weight, mask=there)
        red += weight * tl.load(colour + s * 3, mask=there, other=0.0)
        green += weight * tl.load(colour + s * 3 + 1, mask=there, other=0.0)
        blue += weight * tl.load(colour + s * 3 + 2, mask=there, other=0.0)
        middle = tl.load(middles + s, mask=there, other=0.0)
        width = tl.load(widths + s, mask=there, other=0.0)
        spread += 2.0 * weight * (middle * below - moment) + weight * weight * width * (1.0 / 3)
        below += weight
        moment += weight * middle
        n += 1
    row = out + ray.to(tl.int64) * 6
    tl.store(row, red, mask=mask)
    tl.store(row + 1, green, mask=mask)
    tl.store(row + 2, blue, mask=mask)
    tl.store(row + 3, 1.0 - passed, mask=mask)
    tl.store(row + 4, moment, mask=mask)
    tl.store(row + 5, spread, mask=mask)


@triton.jit(do_not_specialize=["rays"])
def _backward_kernel(
    colour,
    middles,
    widths,
    counts,
    ends,
    rays,
    weights,
    out,
    grad,
    grad_optical,
    grad_colour,
    BLOCK: tl.constexpr,
):
    ray = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = ray < rays
    count = tl.load(counts + ray, mask=mask, other=0).to(tl.int32)
    end = tl.load(ends + ray, mask=mask, other=0)
    row = grad + ray.to(tl.int64) * 6
    g0 = tl.load(row, mask=mask, other=0.0)
    g1 = tl.load(row + 1, mask=mask, other=0.0)
    g2 = tl.load(row + 2, mask=mask, other=0.0)
    ga = tl.load(row + 3, mask=mask, other=0.0)
    gd = tl.load(row + 4, mask=mask, other=0.0)
    gs = tl.load(row + 5, mask=mask, other=0.0)
    total = tl.load(out + ray.to(tl.int64) * 6 + 3, mask=mask, other=0.0)
    total_moment = tl.load(out + ray.to(tl.int64) * 6 + 4, mask=mask, other=0.0)
    # Walking back, `behind` is the sum of weight times gradient of all samples behind this one.
    behind = tl.full([BLOCK], 0.0, tl.float32)
    above = tl.full([BLOCK], 0.0, tl.float32)
    above_moment = tl.full([BLOCK], 0.0, tl.float32)
    passed = 1.0 - total
    longest = tl.max(count, axis=0)
    n = 0
    while n < longest:
        there = n < count
        s = end - 1 - n
        weight = tl.load(weights + s, mask=there, other=0.0)
        middle = tl.load(middles + s, mask=there, other=0.0)
        width = tl.load(widths + s, mask=there, other=0.0)
        below = total - above - weight
        below_moment = total_moment - above_moment - weight * middle
        apart = middle * (below - above) - below_moment + above_moment
        seen = g0 * tl.load(colour + s * 3, mask=there, other=0.0)
        seen += g1 * tl.load(colour + s * 3 + 1, mask=there, other=0.0)
        seen += g2 * tl.load(colour + s * 3 + 2, mask=there, other=0.0)
        g = seen + ga + gd * middle + gs * (2.0 * apart + weight * width * (2.0 / 3))
        tl.store(grad_optical + s, g * passed - behind, mask=there)
        tl.store(grad_colour + s * 3, weight * g0, mask=there)
        tl.store(grad_colour + s * 3 + 1, weight * g1, mask=there)
        tl.store(grad_colour + s * 3 + 2, weight * g2, mask=there)
        behind += weight * g
        passed += weight
        above += weight
        above_moment += weight * middle
        n += 1


@triton.jit(do_not_specialize=["rays", "room"])
def _seen_kernel(optical, colour, places, first, last, widths, counts, ends, rays, room, out, BLOCK: tl.constexpr):
    """`out` (R, 5): colour, alpha, median depth."""
    ray = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = ray < rays
    count = tl.load(counts + ray, mask=mask, other=0)
    offset = tl.load(ends + ray, mask=mask, other=0) - count
    count = tl.maximum(tl.minimum(count, room - offset), 0).to(tl.int32)
    passed = tl.full([BLOCK], 1.0, tl.float32)
    whole = tl.full([BLOCK], 0.0, tl.float32)
    red = tl.full([BLOCK], 0.0, tl.float32)
    green = tl.full([BLOCK], 0.0, tl.float32)
    blue = tl.full([BLOCK], 0.0, tl.float32)
    longest = tl.max(count, axis=0)
    n = 0
    while n < longest:
        there = n < count
        s = offset + n
        depth = tl.load(optical + s, mask=there, other=0.0)
        left = passed * tl.exp(-depth)
        weight = passed - left
        passed = left
        whole += depth
        red += weight * tl.load(colour + s * 3, mask=there, other=0.0)
        green += weight * tl.load(colour + s * 3 + 1, mask=there, other=0.0)
        blue += weight * tl.load(colour + s * 3 + 2, mask=there, other=0.0)
        n += 1
    # The optical depth that stops half as much as all does; where that is little, by its series.
    square = whole * whole
    little = whole * 0.5 - square * (0.125 - square * (1.0 / 192 - square * (1.0 / 2880)))
    wanted = tl.where(whole < 0.5, little, -tl.log(0.5 + 0.5 * tl.exp(-whole)))
    reached = tl.full([BLOCK], 0.0, tl.float32)
    median = tl.full([BLOCK], 0.0, tl.float32)
    waits = (count > 0).to(tl.int32)
    n = 0
    more = tl.max(waits, axis=0)
    while (n < longest) & (more > 0):
        there = (n < count) & (waits > 0)
        s = offset + n
        depth = tl.load(optical + s, mask=there, other=0.0)
        reached += depth
        now = there & ((reached >= wanted) | (n + 1 >= count))
        share = 1.0 - (reached - wanted) / tl.maximum(depth, 1e-12)
        share = tl.minimum(tl.maximum(share, 0.0), 1.0) - 0.5
        found = tl.load(places + s, mask=now, other=0.0) + share * tl.load(widths + s, mask=now, other=0.0)
        found = tl.maximum(found, tl.load(first + s, mask=now, other=0.0))
        found = tl.minimum(found, tl.load(last + s, mask=now, other=0.0))
        median = tl.where(now, found, median)
        waits = tl.where(now, 0, waits)
        more = tl.max(waits, axis=0)
        n += 1
    row = out + ray.to(tl.int64) * 5
    tl.store(row, red, mask=mask)
    tl.store(row + 1, green, mask=mask)
    tl.store(row + 2, blue, mask=mask)
    tl.store(row + 3, 1.0 - passed, mask=mask)
    tl.store(row + 4, median, mask=mask)


class _Composite(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, optical: Tensor, colour: Tensor, middles: Tensor, widths: Tensor, counts: Tensor
    ) -> tuple[Tensor, ...]:
        optical, colour, middles, widths = (t.contiguous() for t in (optical, colour, middles, widths))
        counts = counts.contiguous()
        ends = counts.cumsum(0)
        weights, out = torch.empty_like(optical), optical.new_empty(len(counts), 6)
        if len(counts):
            block = RAYS_A_PROGRAM[counts.device.type]
            grid = (triton.cdiv(len(counts), block),)
            arrays = (optical, colour, middles, widths, counts, ends)
            _forward_kernel[grid](*arrays, len(counts), weights, out, BLOCK=block, num_warps=1)
        ctx.save_for_backward(colour, middles, widths, counts, ends, weights, out)
        # Copies, for what is saved must not be changed by those who get it.
        return out[:, :3].clone(), out[:, 3].clone(), out[:, 4].clone(), out[:, 5].clone()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        colour, middles, widths, counts, ends, weights, out = ctx.saved_tensors
        grad = torch.cat([grads[0], torch.stack(grads[1:], dim=1)], dim=1).contiguous()
        grad_optical, grad_colour = torch.zeros_like(weights), torch.zeros_like(colour)
        if len(counts):
            block = RAYS_A_PROGRAM[counts.device.type]
            grid = (triton.cdiv(len(counts), block),)
            arrays = (colour, middles, widths, counts, ends, len(counts), weights, out, grad)
            _backward_kernel[grid](*arrays, grad_optical, grad_colour, BLOCK=block, num_warps=1)
        return grad_optical, grad_colour, None, None, None


def composite_triton(
    optical: Tensor, colour: Tensor, middles: Tensor, widths: Tensor, counts: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """As `compositing.composite_reference`, on the GPU: colour, alpha, distance, spread."""
    return _Composite.apply(optical, colour, middles, widths, counts)


@torch.no_grad()
def seen_triton(
    optical: Tensor, colour: Tensor, places: Tensor, first: Tensor, last: Tensor, widths: Tensor, counts: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """What pictures need, without gradient: colour (R, 3), alpha (R,) and `compositing.median_depth` (R,), which is 0
    where a ray has no sample.

    Parameters
    ----------
    optical, places, first, last, widths : (S,) float32
        As `compositing.median_depth` takes them; there may be fewer, or more, than `counts` says.
    colour : (S, 3) float32
    counts : (R,) int64
    """
    counts = counts.contiguous()
    out = optical.new_empty(len(counts), 5)
    if len(counts):
        arrays = [t.contiguous() for t in (optical, colour, places, first, last, widths)]
        block = RAYS_A_PROGRAM[counts.device.type]
        grid = (triton.cdiv(len(counts), block),)
        sizes = (len(counts), len(optical))
        _seen_kernel[grid](*arrays, counts, counts.cumsum(0), *sizes, out, BLOCK=block, num_warps=1)
    return out[:, :3], out[:, 3], out[:, 4]
