"""Compositing's fast path on CPUs; `compositing.composite_reference` is the definition."""

# mypy: ignore-errors
# Kernels are compiled by numba, whose scalar arithmetic NumPy's type stubs do not describe.
from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from numba import njit
from torch import Tensor

from ..device.threads import chunks, run_together

_ONE, _TWO, _THREE = np.float32(1), np.float32(2), np.float32(3)


@njit(nogil=True, cache=True)
def _forward(
    optical: Any, colour: Any, middles: Any, widths: Any, offsets: Any, first: int, last: int, weights: Any, out: Any
) -> None:
    """`out` (R, 6): colour, alpha, distance, spread."""
    for r in range(first, last):
        passed = _ONE
        red = green = blue = spread = below = moment = np.float32(0)
        for s in range(offsets[r], offsets[r + 1]):
            left = passed * np.exp(-optical[s])
            w = passed - left
            passed = left
            weights[s] = w
            red += w * colour[s, 0]
            green += w * colour[s, 1]
            blue += w * colour[s, 2]
            spread += _TWO * w * (middles[s] * below - moment) + w * w * widths[s] / _THREE
            below += w
            moment += w * middles[s]
        out[r, 0], out[r, 1], out[r, 2] = red, green, blue
        out[r, 3], out[r, 4], out[r, 5] = _ONE - passed, moment, spread


@njit(nogil=True, cache=True)
def _backward(
    colour: Any,
    middles: Any,
    widths: Any,
    offsets: Any,
    weights: Any,
    grad: Any,
    first: int,
    last: int,
    grad_optical: Any,
    grad_colour: Any,
) -> None:
    for r in range(first, last):
        g0, g1, g2 = grad[r, 0], grad[r, 1], grad[r, 2]
        ga, gd, gs = grad[r, 3], grad[r, 4], grad[r, 5]
        total = total_moment = np.float32(0)
        for s in range(offsets[r], offsets[r + 1]):
            total += weights[s]
            total_moment += weights[s] * middles[s]
        # Walking back, `behind` is the sum of weight times gradient of all samples behind this one.
        behind = np.float32(0)
        above = above_moment = np.float32(0)
        passed = _ONE - total
        for s in range(offsets[r + 1] - 1, offsets[r] - 1, -1):
            w = weights[s]
            below = total - above - w
            below_moment = total_moment - above_moment - w * middles[s]
            apart = middles[s] * (below - above) - below_moment + above_moment
            g = g0 * colour[s, 0] + g1 * colour[s, 1] + g2 * colour[s, 2] + ga + gd * middles[s]
            g += gs * (_TWO * apart + _TWO / _THREE * w * widths[s])
            grad_optical[s] = g * passed - behind
            grad_colour[s, 0], grad_colour[s, 1], grad_colour[s, 2] = w * g0, w * g1, w * g2
            behind += w * g
            passed += w
            above += w
            above_moment += w * middles[s]


class _Composite(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, optical: Tensor, colour: Tensor, middles: Tensor, widths: Tensor, counts: Tensor
    ) -> tuple[Tensor, ...]:
        optical, colour = optical.contiguous(), colour.contiguous()
        offsets = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
        weights, out = torch.empty_like(optical), torch.empty(len(counts), 6)
        arrays = [t.detach().contiguous().numpy() for t in (optical, colour, middles, widths, offsets)]
        run_together(
            [partial(_forward, *arrays, a, b, weights.numpy(), out.numpy()) for a, b in chunks(len(counts), 256)]
        )
        ctx.save_for_backward(colour, middles, widths, offsets, weights)
        return out[:, :3], out[:, 3], out[:, 4], out[:, 5]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        saved = [t.detach().contiguous().numpy() for t in ctx.saved_tensors]
        grad = torch.cat([grads[0], torch.stack(grads[1:], dim=1)], dim=1).contiguous().numpy()
        optical, colour = torch.empty(saved[-1].shape), torch.empty(saved[0].shape)
        shared = (*saved, grad)
        run_together(
            [partial(_backward, *shared, a, b, optical.numpy(), colour.numpy()) for a, b in chunks(grad.shape[0], 256)]
        )
        return optical, colour, None, None, None


def composite_numba(
    optical: Tensor, colour: Tensor, middles: Tensor, widths: Tensor, counts: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """As `compositing.composite_reference`, on the CPU: colour, alpha, distance, spread."""
    return _Composite.apply(optical, colour, middles, widths, counts)
