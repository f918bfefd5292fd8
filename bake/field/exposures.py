"""How bright each picture of the footage is, whatever it shows: stops a channel, kept apart from the field's colour.

A camera that breathes or a lamp that flickers scales light, and light alone: nothing here can reach density. What all
pictures have in common belongs to the field's own colour, so the median over the pictures is always zero stops.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..contract.colour import KNEE, POWER
from .curve import light_of, stored_of

_HIDDEN = 16
_FAINT = 1e-4
"""Alpha below which a ray's colour is too little to be divided by it."""


class Exposures(nn.Module):
    """Stops of every picture: what its file states, what its histogram tells, and a rest of its own; or as measured.

    Parameters
    ----------
    pictures : int
        Of the footage.
    width : int
        Numbers that describe the light of one; 0 where they have no say.
    """

    light: Tensor
    stated: Tensor
    shot_frame: Tensor
    stream: Tensor

    def __init__(self, pictures: int, width: int) -> None:
        super().__init__()
        self.register_buffer("light", torch.zeros(pictures, width))
        self.register_buffer("stated", torch.zeros(pictures))
        self.register_buffer("shot_frame", torch.zeros(pictures, dtype=torch.float64))
        self.register_buffer("stream", torch.zeros(pictures, dtype=torch.int64))
        self.encoder = _encoder(width) if width else None
        self.rest = nn.Parameter(torch.zeros(pictures, 3))

    def describe(self, light: Tensor, stated: Tensor, shot_frame: Tensor, stream: Tensor) -> None:
        """Take note of the pictures.

        Parameters
        ----------
        light : (F, width) float32
            As it differs from the median picture's.
        stated : (F,) float32
            Stops.
        shot_frame : (F,) float64, rising for each camera
        stream : (F,) int64
            Number of the camera.
        """
        for own, given in (
            (self.light, light), (self.stated, stated), (self.shot_frame, shot_frame), (self.stream, stream)
        ):  # fmt: skip
            own.copy_(given)

    def keep(self, stops: Tensor) -> None:
        """Take (F, 3) stops that somebody has measured; from now on nothing of them is learnt."""
        self.rest.requires_grad_(False).copy_(stops)

    @property
    def learns(self) -> bool:
        """Whether stops are learnt at all."""
        return self.rest.requires_grad

    def forward(self) -> Tensor:
        """(F, 3) stops of all pictures."""
        stops = self.stated[:, None] + self._learnt()
        return stops - stops.quantile(0.5, dim=0)

    def size(self) -> Tensor:
        """Mean squared stops that are neither stated nor common: a steady camera has few."""
        learnt = self._learnt()
        return (learnt - learnt.mean(dim=0)).square().mean()

    @torch.no_grad()
    def at(self, shot_frame: float, stream: int = 0) -> NDArray[np.float32]:
        """(3,) stops of a camera at an instant: of the picture taken then, or between its neighbours.

        A camera that took no pictures of the footage counts as the first one.
        """
        stops, taken, streams = (values.cpu().numpy() for values in self.known())
        own = streams == (stream if stream in streams else streams.min())
        stops, taken = stops[own], taken[own]
        return np.array([np.interp(shot_frame, taken, stops[:, channel]) for channel in range(3)], dtype=np.float32)

    def known(self) -> tuple[Tensor, Tensor, Tensor]:
        """Of all pictures stops (F, 3), shot frame (F,) and number of the camera (F,)."""
        return self(), self.shot_frame, self.stream

    def _learnt(self) -> Tensor:
        return self.rest if self.encoder is None else self.rest + self.encoder(self.light)


def _encoder(width: int) -> nn.Module:
    head = nn.Linear(_HIDDEN, 3)
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    return nn.Sequential(nn.Linear(width, _HIDDEN), nn.ReLU(), head)


def exposed(colour: Tensor, alpha: Tensor, stops: Tensor, white: float = 1.0) -> Tensor:
    """Colour as a camera records it that is so many stops brighter.

    sRGB turns a factor of light into a factor of what lies above its knee, which mixes as colour does: a ray's mixture
    may be exposed instead of each of its samples. Only what is nearly black is a little off. Where light beyond white
    is kept, the mixture is taken for one colour.

    Parameters
    ----------
    colour : (R, 3) float32
        Encoded, premultiplied by alpha.
    alpha : (R, 1) float32
    stops : (R, 3) float32
    white : float
        What white is stored as, see `Encoding.white`.
    """
    if white < 1:
        straight = colour / alpha.clamp(min=_FAINT)
        return stored_of(light_of(straight, white) * torch.exp2(stops), white) * alpha
    knee = KNEE * alpha
    return torch.exp2(stops / POWER) * (colour + knee) - knee
