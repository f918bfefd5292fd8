"""Samples of rays, and what a way of compositing them is held to: the reference, gradients included."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from bake.render.compositing import Composited, composite_reference

Kernel = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], tuple[Tensor, ...]]


def samples_of_rays(counts: Tensor) -> tuple[Tensor, ...]:
    """Optical depths, colours, middles and widths, the middles in order along each ray."""
    generator = torch.Generator().manual_seed(0)
    total = int(counts.sum())
    optical, colour = torch.rand(total, generator=generator) * 2, torch.rand(total, 3, generator=generator)
    middles = torch.rand(total, generator=generator)
    for end, count in zip(counts.cumsum(0).tolist(), counts.tolist(), strict=True):
        middles[end - count : end] = middles[end - count : end].sort().values
    return optical, colour, middles, torch.rand(total, generator=generator) * 0.1


def assert_composites_as_the_reference(kernel: Kernel, rays: int, longest: int, device: str) -> None:
    """Of so many rays of fewer than `longest` samples each: the pictures, and all gradients."""
    generator = torch.Generator().manual_seed(3)
    counts = torch.randint(0, longest, (rays,), generator=generator)
    optical, colour, middles, widths = (values.to(device) for values in samples_of_rays(counts))
    counts, factors = counts.to(device), torch.randn(rays, 6, generator=generator).to(device)
    found = []
    for composite in (composite_reference, lambda *a: Composited(*kernel(*a))):
        own_optical, own_colour = optical.clone().requires_grad_(), colour.clone().requires_grad_()
        seen = composite(own_optical, own_colour, middles, widths, counts)
        whole = torch.cat([seen.colour, seen.alpha[:, None], seen.distance[:, None], seen.spread[:, None]], dim=1)
        (whole * factors).sum().backward()
        found.append((whole.detach(), own_optical.grad, own_colour.grad))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)
