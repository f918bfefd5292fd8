"""What turns gradients into steps: Adam, at a rate of its own for each block of the field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from ..field.model import Field

Gradients = tuple[Tensor | None, ...]
_BETAS, _EPSILON = (0.9, 0.99), 1e-15
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
    """Adam for all that a field learns.

    On a CPU the hash grid's table, which is most of a field, has an Adam that passes over what no sample has touched;
    its gradients are added up in place and do not go through autograd.

    Parameters
    ----------
    parts : int
        How many gradients of the table are summed in a step.
    """

    def __init__(self, field: Field, parts: int) -> None:
        blocks = {name: list(own.parameters()) for name in RATES if (own := getattr(field, name)) is not None}
        self._table = None
        if field.low.device.type == "cpu":
            from .table_adam_numba import TableAdam

            self._table = TableAdam(blocks.pop("grid")[0], parts, _BETAS, _EPSILON)
        groups = [{"params": own, "lr": RATES[name], "rate": RATES[name]} for name, own in blocks.items()]
        self._adam = torch.optim.Adam(groups, eps=_EPSILON, betas=_BETAS, fused=True)
        self.parameters: list[Parameter] = [parameter for own in blocks.values() for parameter in own]
        """What autograd is to find the gradients of."""

    @property
    def table_gradients(self) -> Sequence[Tensor | None]:
        """For each part of a step what the table's gradient is added to; None where it goes the way of the others."""
        return () if self._table is None else tuple(self._table.gradients)

    @property
    def state(self) -> Mapping[Tensor, dict[str, Any]]:
        """What is remembered of parameters, by name; not of the table."""
        return self._adam.state

    def step(self, scale: float, gradients: Sequence[Gradients]) -> None:
        """Learn from the sum of gradients of `parameters`, always added in the same order; rates are scaled."""
        for number, parameter in enumerate(self.parameters):
            known = [part for part in (own[number] for own in gradients) if part is not None]
            parameter.grad = known[0] if known else None
            for part in known[1:]:
                known[0].add_(part)
        for group in self._adam.param_groups:
            group["lr"] = group["rate"] * scale
        self._adam.step()
        if self._table is not None:
            self._table.step(RATES["grid"] * scale)

    def tensors(self) -> dict[str, Tensor]:
        """What `restore` needs to go on."""
        found: dict[str, Tensor] = {}
        for number, state in self._adam.state_dict()["state"].items():
            found |= {f"{number}.{name}": value.detach().cpu() for name, value in state.items()}
        if self._table is not None:
            found |= {"table.mean": self._table.mean, "table.square": self._table.square}
            found["table.steps"] = torch.tensor(self._table.steps)
        return found

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from what `tensors` gave."""
        document = self._adam.state_dict()
        for name, value in tensors.items():
            number, key = name.split(".")
            if number != "table":
                document["state"].setdefault(int(number), {})[key] = value
        self._adam.load_state_dict(document)
        if self._table is not None:
            self._table.mean.copy_(tensors["table.mean"])
            self._table.square.copy_(tensors["table.square"])
            self._table.steps = int(tensors["table.steps"])
