"""All that a field shows around a point: a lat-long picture as Blender's world maps it, to light native objects by."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..contract.camera import Camera
from ..contract.errors import UserError
from ..contract.files import written_aside
from ..contract.messages import Quality
from ..field.model import Field
from .frame import render_view
from .sampling import Rays
from .view import Corner, View


class _Around(View):
    """Rays from a camera's place in every direction of the scene; the ray parameter is distance."""

    def rays(self, first: int, last: int, time: float) -> Rays:
        """Rays of the pixels from `first` to before `last`, row by row."""
        row, column = np.divmod(np.arange(first, last), self.camera.width)
        directions = around(column + 0.5, row + 0.5, self.camera.width, self.camera.height)
        # The camera's own turn does not matter: the world's axes are the scene's.
        return self._made(np.zeros_like(directions), directions @ self.camera.camera_to_world[:3, :3], time)


def around(x: NDArray[np.float64], y: NDArray[np.float64], width: int, height: int) -> NDArray[np.float64]:
    """Directions (N, 3) of places in a lat-long picture, pixels from its top left: its middle looks along +X.

    Source: `direction_to_equirectangular` in Cycles, turned around.
    """
    turn, up = (0.5 - x / width) * 2 * np.pi, (0.5 - y / height) * np.pi
    return np.stack([np.cos(up) * np.cos(turn), np.cos(up) * np.sin(turn), np.sin(up)], axis=-1)


def render_environment(
    field: Field,
    camera: Camera,
    shot_frame: float,
    *,
    field_to_scene: NDArray[np.float64],
    quality: Quality,
    crop: tuple[Corner, Corner] | None,
    exposure: float,
    exposure_of: float | None,
    should_stop: Callable[[], bool],
    progress: Callable[[float], None],
    round_seconds: float,
) -> NDArray[np.float32]:
    """(H, W, 4) float32, premultiplied, scene-linear Rec.709; alpha is 0 where the field knows nothing.

    Of `camera` count size and place; the others as in `render_frame`, which says what is raised.
    """
    view = _Around(field, camera, field_to_scene, crop)
    return render_view(
        view,
        shot_frame,
        quality,
        exposure,
        exposure_of,
        should_stop=should_stop,
        progress=progress,
        round_seconds=round_seconds,
    ).rgba


def write_environment(path: Path, rgba: NDArray[np.float32]) -> None:
    """Write (H, W, 4) as an OpenEXR picture of half floats, aside and then renamed.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    import OpenEXR

    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    with written_aside(path) as aside:
        try:
            OpenEXR.File(header, {"RGBA": np.clip(rgba, -65504, 65504).astype(np.float16)}).write(str(aside))
        except RuntimeError as error:
            raise UserError(f"Cannot write {path}: {error}.", "Free some disk space, then try again.") from error
