"""Places as networks see them: themselves, and waves that tell near places apart."""

from __future__ import annotations

import torch
from torch import Tensor

BANDS = 4
WIDTH = 3 + 6 * BANDS
"""Numbers for each place."""
FINEST_WAVE = 2.0 ** (2 - BANDS)
"""Length of the finest wave, edges of the unit cube."""


def with_waves(points: Tensor, *codes: Tensor) -> Tensor:
    """(N, 3) in the unit cube, and (N, C) of whatever else is to be seen, to (N, WIDTH + C).

    Sines and cosines, each band twice as fine as the one before (Mildenhall et al. 2020, NeRF, section 5.1).
    """
    scale = torch.pi * 2.0 ** torch.arange(BANDS, device=points.device)
    waves = (points[:, :, None] * scale).flatten(1)
    return torch.cat([points, waves.sin(), waves.cos(), *codes], dim=-1)
