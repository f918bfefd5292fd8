"""Rays of noisy footage: what each counts for, and what the noise of its picture learns from it.

The field never learns to be unsure of what it shows badly: it sees the weights as given, and noise sees the errors as
given. Faults of the footage are told from what is merely new once the bake has seen something, and are settled before
its end, so that its last part learns from what has proved to be sound.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ..contract.found_noise import FoundNoise
from ..field.noise import Noise, cell_of
from .pixels import Drawn

_WATCHED, _DOUBTED, _SETTLED = 0.1, 0.15, 0.75
"""Shares of the bake: errors are watched from the first on, have a say from the second, are settled at the last."""
_FREEDOM, _SCALE = 4.0, 0.6915
"""Of Student's t; what its squared scale is where noise of variance 1 is Gaussian."""
_HEARD = 0.1
"""Trust with which everything counts for noise at least, or a picture that lost trust would count as free of it."""


@dataclass(frozen=True)
class Weighing:
    """What rays count for.

    cells : (R,) int64, by `cell_of`; trust : (R,) float32 in [0, 1]; weights : (R, 3) float32, 1 in the mean.
    """

    cells: Tensor
    trust: Tensor
    weights: Tensor

    def part(self, own: Tensor) -> Weighing:
        """Of some of the rays, (K,) int64."""
        return Weighing(self.cells[own], self.trust[own], self.weights[own])


@torch.no_grad()
def weigh(noise: Noise, rays: Drawn, places: Tensor, fraction: float) -> Weighing:
    """Weigh rays by how far their part of the picture is trusted, over the variance of their colour.

    Parameters
    ----------
    places : (R, 2) float32
        Where in its picture each ray is, see `cell_of`.
    fraction : float
        How far the bake is, 0 to 1.
    """
    cells = cell_of(rays.frames, places)
    if fraction < _DOUBTED:
        return Weighing(cells, torch.ones_like(rays.times), torch.ones_like(rays.origins))
    trust = noise.trust().flatten()[cells]
    precise = 1 / noise.variance(rays.frames, rays.rgba[:, :3] * rays.rgba[:, 3:])
    weights = trust[:, None] * precise
    return Weighing(cells, trust, weights / weights.mean().clamp(min=1e-9))


def watch(noise: Noise, weighing: Weighing, errors: Tensor, fraction: float) -> None:
    """Take note of how wrong rays were, (R,), while that can still change what is trusted."""
    if _WATCHED <= fraction < _SETTLED:
        noise.watch(weighing.cells, errors)


def colour_loss(got: Tensor, wanted: Tensor, weighing: Weighing | None) -> Tensor:
    """Mean loss of colours (R, 3), encoded."""
    if weighing is None:
        return functional.smooth_l1_loss(got, wanted, beta=0.1)
    return (weighing.weights * functional.smooth_l1_loss(got, wanted, beta=0.1, reduction="none")).mean()


def noise_loss(noise: Noise, rays: Drawn, got: Tensor, wanted: Tensor, trust: Tensor) -> Tensor:
    """Mean negative log likelihood of the errors of rays; its gradients reach noise alone.

    Student's t, so that the few errors of edges do not count as noise (Lange, Little and Taylor 1989). Only what is
    opaque tells of the sensor.
    """
    sure = trust.clamp(min=_HEARD) * (rays.rgba[:, 3] >= 1)
    variance = noise.variance(rays.frames, got.detach())
    squared = (got - wanted).detach().square() / (_SCALE * variance)
    unlikely = 0.5 * variance.log() + (_FREEDOM + 1) / 2 * torch.log1p(squared / _FREEDOM)
    return (sure[:, None] * unlikely).mean()


def findings(noise: Noise) -> FoundNoise:
    """What has been found, rounded as people read it."""
    values = noise.shot_frame, noise.deviation(), noise.trust().mean(dim=1)
    return FoundNoise(*(tuple(float(f"{value:.5g}") for value in own.tolist()) for own in values))
