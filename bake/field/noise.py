"""What a camera adds to each picture that is not there, and which parts of which pictures show something else.

Noise of a sensor grows with light, and is scaled by the curve that encodes it. All pictures of a shot share its shape,
each has a strength of its own. What the field cannot show, with whatever sensor, is told apart from it: otherwise a
picture would count as noisy because it is hard to learn. A picture that is far worse than its neighbours, or a part of
it that is far worse than the worst of theirs, shows no world: too much light, or a hand before the lens.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .curve import light_of, steepness

GRID = 8
"""Parts of a picture along each edge that are trusted or not as a whole: one pixel cannot tell a fault from detail."""
_READ, _SHOT, _MISFIT = 1e-5, 1e-4, 1e-2
"""Variances to begin with: of linear light, for each unit of linear light, and of encoded colour."""
_LEAST = 1 / 255
"""Deviation below which no picture counts as free of noise: eight bits tell no more."""
_AROUND = 4
"""Pictures before and after that a picture is compared with; what lasts longer is no fault."""
_MEMORY = 16.0
"""Rays after which an error counts for a third of what it did."""
_PARTS, _WHOLE = (1.4, 2.4), (1.5, 2.0)
"""How many times as wrong as usual a part or a whole picture may be before its trust falls, and where it is gone."""
_EMPTY = 0.1
"""Share of the worst below which a part says nothing of its picture: there is nothing to see."""
_MOST = 0.25
"""Share of what was filmed that may lose trust."""


class Noise(nn.Module):
    """Noise of every picture, and how far each part of it is to be trusted.

    Parameters
    ----------
    pictures : int
        Of the footage.
    white : float
        What white is stored as, see `Encoding.white`.
    """

    error: Tensor
    shot_frame: Tensor
    stream: Tensor

    def __init__(self, pictures: int, white: float = 1.0) -> None:
        super().__init__()
        self._white = white
        self.register_buffer("error", torch.zeros(pictures, GRID * GRID))
        self.register_buffer("shot_frame", torch.zeros(pictures, dtype=torch.float64))
        self.register_buffer("stream", torch.zeros(pictures, dtype=torch.int64))
        self.common = nn.Parameter(torch.tensor([_READ, _SHOT, _MISFIT]).log())
        self.strength = nn.Parameter(torch.zeros(pictures))

    def describe(self, shot_frame: Tensor, stream: Tensor) -> None:
        """Take note of when, (F,) float64, and by which camera, (F,) int64, the pictures were taken."""
        self.shot_frame.copy_(shot_frame)
        self.stream.copy_(stream)

    def variance(self, frames: Tensor, colour: Tensor) -> Tensor:
        """(R, 3) variance of encoded colour around the field's: what the sensor adds, and what the field misses.

        Parameters
        ----------
        frames : (R,) int64
            Numbers of pictures.
        colour : (R, 3) float32
            Encoded.
        """
        return self._of_sensor(self.strength[frames, None], colour) + self.common[2].exp() + _LEAST**2

    @torch.no_grad()
    def deviation(self, grey: float = 0.5) -> Tensor:
        """(F,) deviation that the sensor adds to an encoded grey of each picture."""
        return self._of_sensor(self.strength, torch.full_like(self.strength, grey)).sqrt()

    def size(self) -> Tensor:
        """Mean square of what tells pictures apart, so that a few pixels make no picture a noisy one."""
        return self.strength.square().mean()

    def _of_sensor(self, strength: Tensor, colour: Tensor) -> Tensor:
        """Poissonian and Gaussian noise of linear light (Foi et al. 2008, eq. 3), at the slope of the field's curve."""
        read, shot = self.common[0].exp(), self.common[1].exp()
        colour = colour.clamp(0, 1)
        light = light_of(colour, self._white)
        return strength.exp() * (read + shot * light) * steepness(colour, self._white).square()

    @torch.no_grad()
    def watch(self, cells: Tensor, error: Tensor) -> None:
        """Take note of how wrong rays were: (R,) int64 by `cell_of`, (R,) float32. Old notes fade."""
        length = self.error.numel()
        count = torch.bincount(cells, minlength=length)
        mean = torch.bincount(cells, weights=error, minlength=length) / count.clamp(min=1)
        share = 1 - torch.exp(-count / _MEMORY)
        self.error += ((mean.view_as(self.error) - self.error) * share.view_as(self.error)).to(self.error.dtype)

    @torch.no_grad()
    def trust(self) -> Tensor:
        """(F, GRID * GRID) in [0, 1]; ones as long as nothing has been watched.

        A part loses it where it is worse than the worst part of the usual picture, so that what is hard to learn, as
        fast motion is, keeps it: every picture around has such a part, wherever that is. A picture loses it where what
        is left of it is worse in the mean. That neighbouring rays agree is what tells a fault from detail (Sabour et
        al. 2023, RobustNeRF, section 4.2).
        """
        worst = self._usual(self.error.amax(dim=1)).clamp(min=1e-9)[:, None]
        parts = _trusted(self.error / worst, *_PARTS, most=_MOST)
        counted = parts * (self.error > _EMPTY * worst)
        mean = (torch.minimum(self.error, worst) * counted).sum(dim=1) / counted.sum(dim=1).clamp(min=1e-9)
        left = max(_MOST - float(1 - parts.mean()), 0.0)
        whole = _trusted(mean / self._usual(mean).clamp(min=1e-9), *_WHOLE, most=left)
        return parts * whole[:, None]

    def _usual(self, values: Tensor) -> Tensor:
        """(F,) the median over the shot, or over the pictures of the same camera around each where that is more."""
        usual = values.quantile(0.5).expand_as(values).clone()
        for stream in self.stream.unique():
            own = (self.stream == stream).nonzero()[:, 0]
            own = own[self.shot_frame[own].argsort(stable=True)]
            if len(own) > 2 * _AROUND:
                around = values[own].unfold(0, 2 * _AROUND + 1, 1).quantile(0.5, dim=1)
                ends = around[:1].expand(_AROUND), around, around[-1:].expand(_AROUND)
                usual[own] = torch.maximum(usual[own], torch.cat(ends))
        return usual


def cell_of(frames: Tensor, places: Tensor) -> Tensor:
    """(R,) int64: which part of which picture.

    Parameters
    ----------
    frames : (R,) int64
    places : (R, 2) float32
        Across and down the picture, in [0, 1].
    """
    across, down = (places * GRID).long().clamp(0, GRID - 1).unbind(dim=1)
    return frames * GRID**2 + down * GRID + across


def _trusted(wrong: Tensor, full: float, none: float, most: float) -> Tensor:
    """1 up to `full`, 0 from `none` on, between them as the biweight falls (Beaton and Tukey 1974).

    Where more than a share of `most` would lose trust, `full` and `none` rise together.
    """
    rise = max(1.0, float(wrong.quantile(1 - most)) / full)
    over = ((wrong / rise - full) / (none - full)).clamp(0, 1)
    return (1 - over.square()).square()
