"""COLMAP's sparse models, text or binary, read by COLMAP's own library.

COLMAP's cameras look down +Z with Y down, its poses are world to camera, and its principal point is counted from the
corner of the picture, as ours is. Its world has no up and no unit of length, and it knows no time.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..contract.camera import Lens, LensModel
from ..contract.errors import UserError
from .capture import BadEntry, Capture, Entry, Intrinsics, Purpose, opengl
from .numbering import by_name, in_order
from .problems import Findings

_OLDEST = "4.0"
_MODELS = {
    "SIMPLE_PINHOLE": (1, LensModel.NONE, 0),
    "PINHOLE": (2, LensModel.NONE, 0),
    "SIMPLE_RADIAL": (1, LensModel.OPENCV, 1),
    "RADIAL": (1, LensModel.OPENCV, 2),
    "OPENCV": (2, LensModel.OPENCV, 4),
    "FULL_OPENCV": (2, LensModel.OPENCV, 8),
    "SIMPLE_RADIAL_FISHEYE": (1, LensModel.OPENCV_FISHEYE, 1),
    "RADIAL_FISHEYE": (1, LensModel.OPENCV_FISHEYE, 2),
    "OPENCV_FISHEYE": (2, LensModel.OPENCV_FISHEYE, 4),
}
"""Number of focal lengths, lens model, number of its coefficients; the principal point stands between the two."""
_PERCENTILES = (1, 99)
_MARGIN = (0.8, 1.25)
"""How much nearer and farther than nearly all of its points a model is taken to reach."""


def import_pycolmap() -> Any:
    """COLMAP's library, which few need and which is therefore not among the requirements.

    Raises
    ------
    UserError
        If it is missing or cannot be loaded; the hint says how to install it.
    """
    install = f'Run: "{sys.executable}" -m pip install "pycolmap>={_OLDEST}"'
    try:
        import pycolmap
    except ModuleNotFoundError as error:
        raise UserError("This needs COLMAP's library pycolmap, which is not installed.", install) from error
    except ImportError as error:
        raise UserError(f"COLMAP's library pycolmap cannot be loaded: {error}.", install) from error
    # It writes its own account of everything to standard error.
    pycolmap.logging.minloglevel = pycolmap.logging.Level.ERROR.value
    return pycolmap


def find(path: Path) -> Path | None:
    """The folder of the model that `path` is, holds or belongs to."""
    if path.is_file():
        path = path.parent if path.stem in ("cameras", "images", "points3D", "rigs", "frames") else path
    places = (path, path / "sparse" / "0", path / "sparse", path / "colmap" / "sparse" / "0")
    return next((place for place in places if _suffix(place)), None)


def read(path: Path, purpose: Purpose, findings: Findings) -> Capture:  # noqa: ARG001
    """Read the model in folder `path`.

    Raises
    ------
    UserError
        If pycolmap is missing, or cannot read the model.
    """
    pycolmap = import_pycolmap()
    with _complete(path) as model:
        _try_to_read(model, path)
        reconstruction = pycolmap.Reconstruction(model)
    images = sorted((image for image in reconstruction.images.values() if image.has_pose), key=lambda i: i.name)
    names = [image.name.replace("\\", "/") for image in images]
    root = _root(path, names)
    numbered = by_name(names, path, findings)
    cameras = {number: _intrinsics(camera, path, findings) for number, camera in reconstruction.cameras.items()}
    entries = []
    for image, name, told in zip(images, names, numbered, strict=True):
        intrinsics = cameras[image.camera_id]
        if intrinsics is None:
            continue
        mask = root.parent / "masks" / f"{name}.png"
        entries.append(
            Entry(
                name,
                root / name,
                intrinsics,
                opengl(np.asarray(np.linalg.inv(world_to_camera(image)), dtype=np.float64)),
                shot_frame=told.shot_frame,
                stream=told.stream,
                mask=mask if mask.is_file() else None,
            )
        )
    findings.note("it states no up and no unit of length; its world is used as it stands", file=path)
    near, far = _reach(reconstruction)
    return Capture(path=path, name=root.parent.resolve().name, entries=in_order(entries), near=near, far=far)


def world_to_camera(image: Any) -> NDArray[np.float64]:
    """(4, 4), looking down +Z with Y down."""
    return np.asarray(np.vstack([image.cam_from_world().matrix(), (0.0, 0.0, 0.0, 1.0)]), dtype=np.float64)


def _reach(reconstruction: Any) -> tuple[float | None, float | None]:
    """Depths between which nearly all points are seen, with some room; None where there are no points."""
    axes = {number: world_to_camera(image)[2] for number, image in reconstruction.images.items() if image.has_pose}
    seen: dict[int, list[float]] = defaultdict(list)
    for point in reconstruction.points3D.values():
        for element in point.track.elements:
            axis = axes.get(element.image_id, np.zeros(4))
            depth = float(axis[:3] @ point.xyz + axis[3])
            if depth > 0:
                seen[element.image_id].append(depth)
    spans = [np.percentile(depths, _PERCENTILES) for depths in seen.values()]
    if not spans:
        return None, None
    nearest, farthest = np.transpose(spans)
    return float(nearest.min()) * _MARGIN[0], float(farthest.max()) * _MARGIN[1]


def _suffix(folder: Path) -> str:
    """How the files of the model in a folder end; "" where there is no model."""
    return next((suffix for suffix in (".bin", ".txt") if _has(folder, "cameras", suffix)), "")


def _has(folder: Path, stem: str, suffix: str) -> bool:
    return (folder / f"{stem}{suffix}").is_file()


@contextmanager
def _complete(model: Path) -> Iterator[Path]:
    """The model, or a copy with an empty list of points where it has none, which COLMAP insists on."""
    suffix = _suffix(model)
    if not _has(model, "images", suffix):
        raise UserError(
            f"The COLMAP model {model} has no file images{suffix}.", "Copy the whole model: cameras, images, points3D."
        )
    if _has(model, "points3D", suffix):
        yield model
        return
    with tempfile.TemporaryDirectory() as folder:
        for file in model.glob(f"*{suffix}"):
            shutil.copy(file, folder)
        (Path(folder) / f"points3D{suffix}").write_bytes(bytes(8) if suffix == ".bin" else b"")
        yield Path(folder)


def _try_to_read(model: Path, path: Path) -> None:
    """Let another process read the model first: COLMAP ends its process on files that are cut short."""
    code = "import sys, pycolmap; pycolmap.Reconstruction(sys.argv[1])"
    tried = subprocess.run([sys.executable, "-c", code, str(model)], capture_output=True, check=False)
    if tried.returncode:
        raise UserError(
            f"COLMAP cannot read its model {path}: a file there is cut short or damaged.",
            "Copy the model again, or export it anew from COLMAP.",
        )


def _root(model: Path, names: list[str]) -> Path:
    """The folder that the names of pictures are relative to."""
    home = model.resolve()
    while home.name.isdigit() or home.name in ("sparse", "colmap"):
        home = home.parent
    places = (home / "images", home, model / "images", model)
    return next((place for place in places if names and (place / names[0]).is_file()), places[0])


def _intrinsics(camera: Any, path: Path, findings: Findings) -> Intrinsics | None:
    """A COLMAP camera, or None after recording that its model is not known."""
    try:
        return intrinsics_of(camera)
    except BadEntry as error:
        findings.problem(f"its camera {camera.camera_id} has {error}", file=path)
        return None


def intrinsics_of(camera: Any) -> Intrinsics:
    """The lens of a COLMAP camera.

    Raises
    ------
    BadEntry
        If its model is not known.
    """
    name = camera.model.name
    if name not in _MODELS:
        raise BadEntry(f"the model {name}, which is not known; known are {', '.join(_MODELS)}")
    focals, model, count = _MODELS[name]
    values = [float(value) for value in camera.params]
    coefficients = tuple(values[focals + 2 : focals + 2 + count])
    return Intrinsics(
        width=int(camera.width),
        height=int(camera.height),
        fx=values[0],
        fy=values[focals - 1],
        cx=values[focals],
        cy=values[focals + 1],
        lens=Lens(model, coefficients) if any(coefficients) or model is LensModel.OPENCV_FISHEYE else Lens(),
    )
