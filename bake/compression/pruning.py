"""Magnitude pruning of the networks, unit by unit: what is removed is no longer computed.

A hidden unit counts by what it sends on: its mean activation over samples that pictures show, times the length of its
outgoing weights. What a removed unit gave in the mean goes into the biases of the next layer.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from ..field.decoder import harmonics
from ..field.deformation import displacement
from ..field.model import Field
from ..field.waves import with_waves


@torch.no_grad()
def pruned(field: Field, share: float, unit: Tensor, time: Tensor, direction: Tensor) -> Field:
    """A field that lacks the weakest hidden units of deformation and decoder; the one given stays as it is.

    Parameters
    ----------
    share : float
        Of the hidden units of each layer, from 0 to below 1.
    unit, time, direction : (N, 3), (N,), (N, 3)
        Samples to judge by, as `Field.forward` takes them.
    """
    moving, decoder = field.deformation, field.decoder
    codes = field.codes(unit, time)
    first = torch.relu(moving.first(with_waves(unit, codes)))
    second = torch.relu(moving.second(first))
    moved = (unit + displacement(moving.head(second), unit)).clamp(0, 1)
    seen = torch.cat([field.grid(moved), codes], dim=-1)
    to_geometry, of_geometry = _linear(decoder.geometry[0]), _linear(decoder.geometry[2])
    to_colour, of_colour = _linear(decoder.colour[0]), _linear(decoder.colour[2])
    geometry = torch.relu(to_geometry(seen))
    tinting = torch.cat([of_geometry(geometry)[:, 1:], harmonics(direction)], dim=-1)
    colour = torch.relu(to_colour(tinting))
    layers = (
        (moving.first, first, moving.second),
        (moving.second, second, moving.head),
        (to_geometry, geometry, of_geometry),
        (to_colour, colour, of_colour),
    )
    weights: dict[int, Tensor] = {}
    kept = [_drop(weights, own, active, behind, share) for own, active, behind in layers]
    smaller = Field(replace(field.config, units=tuple(kept)))
    state = field.state_dict()
    names = {id(layer): name for name, layer in field.named_modules() if isinstance(layer, nn.Linear)}
    for number, (own, _, behind) in enumerate(layers):
        for layer, rows in ((own, True), (behind, False)):
            name, chosen = names[id(layer)], weights[number]
            if rows:
                state[f"{name}.weight"] = state[f"{name}.weight"][chosen]
                state[f"{name}.bias"] = state[f"{name}.bias"][chosen]
            else:
                gone = torch.ones(layer.in_features, dtype=torch.bool, device=chosen.device)
                gone[chosen] = False
                mean = layers[number][1].mean(dim=0)
                # Rows of this layer may themselves go later; all of them are told what they lose.
                state[f"{name}.bias"] = state[f"{name}.bias"] + layer.weight[:, gone] @ mean[gone]
                state[f"{name}.weight"] = state[f"{name}.weight"][:, chosen]
    smaller.load_state_dict(state)
    return smaller.to(field.low.device)


def _linear(layer: nn.Module) -> nn.Linear:
    assert isinstance(layer, nn.Linear)
    return layer


def _drop(weights: dict[int, Tensor], own: nn.Linear, active: Tensor, behind: nn.Linear, share: float) -> int:
    """Note which units of a layer stay, in their order; returns how many."""
    keep = max(round(own.out_features * (1 - share)), 1)
    strength = active.mean(dim=0) * behind.weight.norm(dim=0)
    weights[len(weights)] = strength.topk(keep).indices.sort().values
    return keep
