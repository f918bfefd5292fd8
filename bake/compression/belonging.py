"""Whether footage is what a field was baked from."""

from __future__ import annotations

import numpy as np

from ..contract.errors import UserError
from ..contract.field_file import FieldHeader, FootageCameras
from ..footage.shot import Shot

_NEAR = 1e-3
"""How far a camera may stand from where it stood, of the bounds' mean edge."""
_SAME_INSTANT = 1e-3
_MOST_MISSING = 0.1
_HINT = "Name the capture that the field was baked from, or leave --footage out: then the field itself is the teacher."


def demand_same_shot(footage: Shot, cameras: FootageCameras, header: FieldHeader) -> None:
    """Demand that footage has the cameras that a field keeps, but for a few.

    Raises
    ------
    UserError
        If it is another shot's.
    """
    if footage.has_alpha == header.opaque:
        kinds = ("fills its frames", "has alpha")
        raise UserError(
            f"The footage {kinds[footage.has_alpha]}, but that of this field {kinds[header.opaque is False]}.", _HINT
        )
    low, high = (np.array(corner) for corner in header.bounds)
    near = _NEAR * float((high - low).mean())
    places = np.array([frame.camera.camera_to_world[:3, 3] for frame in footage.frames])
    instants = np.array([frame.shot_frame for frame in footage.frames])
    missing = 0
    for matrix, instant in zip(cameras.matrices, cameras.shot_frames, strict=True):
        there = np.abs(instants - instant) < _SAME_INSTANT
        found = there.any() and np.linalg.norm(places[there] - matrix[:3, 3], axis=1).min() < near
        missing += not found
    if missing > _MOST_MISSING * len(cameras.shot_frames):
        raise UserError(
            f"This is footage of another shot: {missing} of the {len(cameras.shot_frames)} cameras of the field"
            f" ({header.shot}) are not in it.",
            _HINT,
        )
