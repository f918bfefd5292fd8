"""What turns gradients into steps, at a rate of its own for each block of the field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import Parameter

from ..field.model import Field
from .muon import Muon

Gradients = tuple[Tensor | None, ...]
RATES = {
    "grid": 2e-2,
    "planes": 7e-3,
    "lattice": 5e-3,
    "deformation": 3e-3,
    "trajectories": 3e-3,
    "decoder": 5e-3,
    "sky": 5e-3,
    "exposures": 2e-2,
    "noise": 5e-2,
}
_TURNED = "deformation", "trajectories", "decoder", "sky"
"""Blocks whose hidden layers learn by Muon."""
_TURNS = 3.0
"""Of a block's rate: no number runs ahead of the others, so all can go farther."""
_HIDDEN = 24
"""Rows and columns a matrix has at least, or it is a head: its rows have little to do with one another."""
_MOMENTUM = "momentum"
"""Muon's, among tensors named after Adam's."""


class Optimiser:
    """Muon for hidden layers, Adam for all else that a field learns, which is what wants gradients.

    Attributes
    ----------
    shares : dict of str to float
        Of its rate, at which a block learns for now; 1 where nothing is said.
    """

    def __init__(self, field: Field) -> None:
        blocks = {
            name: [parameter for parameter in own.parameters() if parameter.requires_grad]
            for name in RATES
            if (own := getattr(field, name)) is not None
        }
        self.shares: dict[str, float] = {}
        self.parameters: list[Parameter] = [parameter for own in blocks.values() for parameter in own]
        # The deformation's first layer reads waves of a place beside codes that begin much smaller: its directions
        # would be those of the waves, and the codes, which tell instants apart, hardly heard.
        mixed = field.deformation.first.weight
        turned = [(name, own) for name in _TURNED for own in _hidden(getattr(field, name)) if own is not mixed]
        self._turned = [name for name, _ in turned]
        self._muon = Muon([own for _, own in turned])
        apart = {id(own) for _, own in turned}
        groups = [
            {"params": [one for one in own if id(one) not in apart], "lr": RATES[name], "name": name}
            for name, own in blocks.items()
        ]
        self._adam = torch.optim.Adam(groups, eps=1e-15, betas=(0.9, 0.99), fused=True)

    @property
    def state(self) -> Mapping[Tensor, dict[str, Any]]:
        """What Adam remembers of each parameter, by name."""
        return self._adam.state

    def step(self, scale: float, gradients: Sequence[Gradients]) -> None:
        """Learn from the sum of gradients of `parameters`, always added in the same order; rates are scaled."""
        for number, parameter in enumerate(self.parameters):
            known = [part for part in (own[number] for own in gradients) if part is not None]
            parameter.grad = known[0] if known else None
            for part in known[1:]:
                known[0].add_(part)
        for group in self._adam.param_groups:
            group["lr"] = self._rate(group["name"]) * scale
        self._adam.step()
        self._muon.step([_TURNS * self._rate(name) * scale for name in self._turned])

    def _rate(self, block: str) -> float:
        return RATES[block] * self.shares.get(block, 1.0)

    def tensors(self) -> dict[str, Tensor]:
        """What `restore` needs to go on."""
        states = self._adam.state_dict()["state"].items()
        adam = {f"{number}.{name}": own.detach().cpu() for number, state in states for name, own in state.items()}
        return {**adam, _MOMENTUM: self._muon.momentum.cpu()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from what `tensors` gave.

        Raises
        ------
        KeyError, RuntimeError
            If they are not of such an optimiser.
        """
        document = self._adam.state_dict()
        self._muon.momentum.copy_(tensors[_MOMENTUM])
        for name, value in tensors.items():
            if name != _MOMENTUM:
                number, key = name.split(".")
                document["state"].setdefault(int(number), {})[key] = value
        self._adam.load_state_dict(document)


def _hidden(block: nn.Module | None) -> list[Tensor]:
    layers = () if block is None else (own for own in block.modules() if isinstance(own, nn.Linear))
    return [own.weight for own in layers if own.weight.requires_grad and min(own.weight.shape) >= _HIDDEN]
