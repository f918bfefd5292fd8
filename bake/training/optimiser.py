"""What turns gradients into steps: Adam, at a rate of its own for each block of the field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from ..field.model import Field

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


class Optimiser:
    """Adam for all that a field learns, which is what wants gradients.

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
        groups = [{"params": own, "lr": RATES[name], "name": name} for name, own in blocks.items()]
        self._adam = torch.optim.Adam(groups, eps=1e-15, betas=(0.9, 0.99), fused=True)
        self.shares: dict[str, float] = {}
        self.parameters: list[Parameter] = [parameter for own in blocks.values() for parameter in own]

    @property
    def state(self) -> Mapping[Tensor, dict[str, Any]]:
        """What is remembered of each parameter, by name."""
        return self._adam.state

    def step(self, scale: float, gradients: Sequence[Gradients]) -> None:
        """Learn from the sum of gradients of `parameters`, always added in the same order; rates are scaled."""
        for number, parameter in enumerate(self.parameters):
            known = [part for part in (own[number] for own in gradients) if part is not None]
            parameter.grad = known[0] if known else None
            for part in known[1:]:
                known[0].add_(part)
        for group in self._adam.param_groups:
            group["lr"] = RATES[group["name"]] * self.shares.get(group["name"], 1.0) * scale
        self._adam.step()

    def tensors(self) -> dict[str, Tensor]:
        """What `restore` needs to go on."""
        states = self._adam.state_dict()["state"].items()
        return {f"{number}.{name}": own.detach().cpu() for number, state in states for name, own in state.items()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from what `tensors` gave."""
        document = self._adam.state_dict()
        for name, value in tensors.items():
            number, key = name.split(".")
            document["state"].setdefault(int(number), {})[key] = value
        self._adam.load_state_dict(document)
