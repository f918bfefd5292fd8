"""Files in which the worker hands Blender what a viewport shows: pictures, and surfels for while something moves.

They live for a moment, in a folder that Blender names and the worker empties when Blender is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .array_file import take_arrays, write_arrays

SUFFIX = ".preview.npz"


@dataclass(frozen=True, eq=False)
class PreviewPicture:
    """A field through a camera.

    rgba : (H, W, 4) float16, premultiplied, scene-linear Rec.709, row 0 on top.
    depth : (H, W) float32, median planar depth in scene units, `plate.EMPTY_DEPTH` where there is nothing to see.
    """

    rgba: NDArray[np.float16]
    depth: NDArray[np.float32]

    @property
    def size(self) -> int:
        """Bytes."""
        return self.rgba.nbytes + self.depth.nbytes


@dataclass(frozen=True, eq=False)
class Surfels:
    """A field at one instant, as round pieces of surface that any GPU draws from any side.

    centres : (N, 3) float32, capture space.
    radii : (N,) float32, capture units.
    colours : (N, 4) uint8, straight, encoded as `contract.colour.Encoding` says; the last is 255.
    stops : (3,) float32, by which scene-linear colour is to be exposed.
    sky : (h, w, 4) uint8 or None, what lies behind everything, as `colours`; an equirectangular map in capture space,
        +Z up in row 0, its columns turning from -X over -Y, +X and +Y.
    white : float, what white is encoded as; 1 for sRGB.
    """

    centres: NDArray[np.float32]
    radii: NDArray[np.float32]
    colours: NDArray[np.uint8]
    stops: NDArray[np.float32]
    sky: NDArray[np.uint8] | None
    white: float = 1.0

    @property
    def size(self) -> int:
        """Bytes."""
        return (
            self.centres.nbytes + self.radii.nbytes + self.colours.nbytes + (0 if self.sky is None else self.sky.nbytes)
        )


def write_picture(path: Path, picture: PreviewPicture) -> None:
    """Write a picture.

    Raises
    ------
    UserError
        If the file cannot be written.
    """
    write_arrays(path, vars(picture))


def write_surfels(path: Path, surfels: Surfels) -> None:
    """Write surfels.

    Raises
    ------
    UserError
        If the file cannot be written.
    """
    write_arrays(path, {name: array for name, array in vars(surfels).items() if array is not None})


def take_preview(path: Path) -> PreviewPicture | Surfels:
    """Read what the worker has written, and remove the file.

    Raises
    ------
    ValueError
        If it is neither a picture nor surfels, or is damaged.
    """
    try:
        arrays = take_arrays(path)
        return PreviewPicture(**arrays) if "rgba" in arrays else Surfels(**{"sky": None, **arrays})
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path} is no preview: {error}") from error
