"""Colours of the overlays, as the screen shows them (sRGB), told apart with every kind of colour vision."""

from __future__ import annotations

import numpy as np

from ...bake.contract.coverage import Verdict

Colour = tuple[float, float, float, float]

OF_VERDICT: dict[Verdict, Colour] = {
    Verdict.HOLDS: (0.0, 0.45, 0.70, 0.55),
    Verdict.DOUBTFUL: (0.94, 0.89, 0.26, 0.55),
    Verdict.BREAKS: (0.84, 0.37, 0.0, 0.55),
}
"""Blue, yellow and vermilion of Okabe and Ito."""
OF_TEXT: dict[Verdict, Colour] = {
    Verdict.HOLDS: (0.55, 0.82, 1.0, 1.0),
    Verdict.DOUBTFUL: (0.98, 0.93, 0.45, 1.0),
    Verdict.BREAKS: (1.0, 0.58, 0.3, 1.0),
}
"""The same, light enough to be read before a dark picture."""
NOW: Colour = (1.0, 1.0, 1.0, 1.0)
"""What belongs to the present instant."""
_TIMES = np.array([(0.0, 0.26, 0.60), (0.35, 0.38, 0.43), (0.58, 0.55, 0.46), (0.80, 0.73, 0.38), (1.0, 0.92, 0.27)])
"""From blue over grey to yellow, ever lighter (after cividis)."""


def of_times(shot_frames: np.ndarray, first: float, last: float) -> np.ndarray:
    """(N, 4) float32: colours of shot frames, from dark at the shot's first frame to light at its last."""
    parts = np.clip((shot_frames - first) / max(last - first, 1e-9), 0, 1)
    stops = np.linspace(0, 1, len(_TIMES))
    channels = [np.interp(parts, stops, _TIMES[:, channel]) for channel in range(3)]
    return np.stack([*channels, np.ones(len(parts))], axis=1).astype(np.float32)
