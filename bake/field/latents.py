"""Temporal latent codes: a multi-scale lattice over time, one set per shot."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class TemporalLattice(nn.Module):
    """One set of codes per shot, at several rates, interpolated linearly: continuous in time.

    Parameters
    ----------
    nodes : tuple of int
        Nodes over the shot at each scale.
    width : int
        Size of a code at one scale.
    """

    def __init__(self, nodes: tuple[int, ...], width: int) -> None:
        super().__init__()
        self.codes = nn.ParameterList([nn.Parameter(0.01 * torch.randn(count, width)) for count in nodes])
        self.width = width * len(nodes)

    def forward(self, time: Tensor) -> Tensor:
        """(N,) float32 in [0, 1] to (N, width), differentiable in the codes alone."""
        return torch.cat([_hats(time, code.shape[0]) @ code for code in self.codes], dim=-1)

    def roughness(self) -> Tensor:
        """Mean squared second difference over time; a smooth shot has little."""
        return sum(
            (code[2:] - 2 * code[1:-1] + code[:-2]).square().mean() if code.shape[0] > 2 else code.sum() * 0
            for code in self.codes
        )  # type: ignore[return-value]


def _hats(time: Tensor, nodes: int) -> Tensor:
    """(N, nodes) weights of linear interpolation. A product with them sums gradients fast and in a fixed order."""
    place = time.detach().clamp(0, 1)[:, None] * (nodes - 1)
    return (1 - (place - torch.arange(nodes, device=time.device)).abs()).clamp(min=0)
