"""All that a field shows around a point: a lat-long picture as Blender's world maps it, to light native objects by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..contract.camera import Camera
from ..contract.errors import UserError
from ..contract.files import written_aside
from ..contract.messages import PlateRequest, Quality
from ..contract.plate import seal
from ..contract.plate_receipt import PREFIX
from ..field.model import Field
from .frame import render_runs, render_view
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


def render_around_runs(
    field: Field, request: PlateRequest, runs: list[tuple[int, int]]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Some pixels of what `render_environment` makes; parameters and what is returned as those of `render_runs`."""
    to_scene = np.asarray(request.field_to_scene, dtype=np.float64).reshape(4, 4)
    return render_runs(field, request, runs, _Around(field, request.camera, to_scene, request.crop))


def write_environment(path: Path, rgba: NDArray[np.float32], metadata: Mapping[str, str]) -> None:
    """Write (H, W, 4) as an OpenEXR picture of half floats, sealed as plates are, aside and then renamed.

    `metadata` are kept in its header.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    import OpenEXR

    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    header |= {PREFIX + key: str(value) for key, value in metadata.items()}
    with written_aside(path) as aside:
        try:
            OpenEXR.File(header, {"RGBA": np.clip(rgba, -65504, 65504).astype(np.float16)}).write(str(aside))
            seal(aside)
        except RuntimeError as error:
            raise UserError(f"Cannot write {path}: {error}.", "Free some disk space, then try again.") from error


def read_environment(path: Path) -> NDArray[np.float32]:
    """(H, W, 4) float32 of a picture that `write_environment` wrote.

    Raises
    ------
    UserError
        If it cannot be read or is another picture.
    """
    import OpenEXR

    try:
        with OpenEXR.File(str(path)) as file:
            return np.array(file.channels()["RGBA"].pixels, np.float32)
    except (RuntimeError, KeyError) as error:
        raise UserError(f"{path} cannot be read: {error}.", "Make it again.") from error
