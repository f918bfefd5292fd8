"""What plates, viewports' pictures and surroundings ask of the renderers alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..contract.messages import PlateRequest
from .task import Task


def wanted(task: Task[PlateRequest]) -> dict[str, Any]:
    """What a request says, as the renderers of pictures take it."""
    from ..render.frame import ROUND_SECONDS

    request = task.request
    return {
        "field_to_scene": np.asarray(request.field_to_scene, dtype=np.float64).reshape(4, 4),
        "quality": request.quality,
        "crop": request.crop,
        "exposure": request.exposure,
        "exposure_of": request.exposure_of,
        "should_stop": task.should_stop,
        "progress": task.progress("plate"),
        "round_seconds": ROUND_SECONDS,
    }


def following(found: dict[str, Any]) -> dict[str, Any]:
    """Of `wanted`, what does not say how the picture looks."""
    return {name: found[name] for name in ("should_stop", "progress", "round_seconds")}
