"""Nerfies' and HyperNeRF's datasets: `dataset.json` beside `camera/`, `rgb/` and the scene's own scale.

Their cameras look down +Z with Y down; `orientation` is world to camera. Depth maps and masks lie where DyCheck and
HyperNeRF put them: `depth/1x/ID.npy`, `mask/1x/ID.png`.
Source of the conventions: `nerfies/camera.py` and `hypernerf/datasets` of google/nerfies and google/hypernerf.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..contract.camera import Lens, LensModel
from ..contract.errors import UserError
from ..contract.files import read_json
from .capture import BadEntry, Capture, Entry, Intrinsics, Purpose, opengl
from .numbering import in_order
from .pictures import SUFFIXES
from .problems import Findings
from .shot import DepthMap

_FILE_NAME = "dataset.json"
_SIZE = re.compile(r"(\d+)x")
_TIMES = ("time_id", "warp_id")
"""HyperNeRF's name for the number of the instant, and Nerfies'."""


@dataclass(frozen=True)
class _Scene:
    scale: float
    centre: NDArray[np.float64]
    near: float | None
    far: float | None


def find(path: Path) -> Path | None:
    """The `dataset.json` that `path` is, or that lies in the folder `path`; or `rgb/4x` there, to choose a size."""
    if path.is_dir():
        chosen = path.parent.name == "rgb" and _SIZE.fullmatch(path.name)
        folder = path.parent.parent if chosen else path
        there = (folder / _FILE_NAME).is_file() and (folder / "camera").is_dir()
        return (path if chosen else folder / _FILE_NAME) if there else None
    return path if path.name == _FILE_NAME and path.is_file() else None


def read(path: Path, purpose: Purpose, findings: Findings) -> Capture:
    """Read the dataset: the pictures it trains on for a bake, those it is judged by for the truth.

    Raises
    ------
    UserError
        If one of its files is missing or not what it should be.
    """
    size = path.name if path.is_dir() else None
    folder = path.parent.parent if size else path.parent
    dataset = _object(folder / _FILE_NAME)
    metadata = _object(folder / "metadata.json")
    scene = _scene(folder / "scene.json", findings)
    ids = _ids(dataset, purpose, folder / _FILE_NAME, findings)
    size = size or _largest(folder)
    entries = []
    for own in ids:
        file = folder / "metadata.json"
        try:
            told = _told(own, metadata)
            file = folder / "camera" / f"{own}.json"
            entries.append(_entry(own, folder, size, told, *_camera(file), scene))
        except BadEntry as error:
            findings.problem(str(error), file=file, frame=own)
        except UserError as error:
            findings.problem(error.sentence.rstrip("."), file=folder / _FILE_NAME, frame=own)
    times = [time for told in metadata.values() if isinstance(told, dict) and (time := _time(told)) is not None]
    return Capture(
        path=path,
        name=folder.resolve().name,
        entries=in_order(entries),
        frames_in_shot=int(max(times)) + 1 if times else None,
        near=scene.near,
        far=scene.far,
    )


def _object(path: Path) -> dict[str, Any]:
    document = read_json(path)
    if not isinstance(document, dict):
        raise UserError(f"{path} holds no JSON object.")
    return document


def _scene(path: Path, findings: Findings) -> _Scene:
    document = _object(path)
    values: dict[str, Any] = {}
    for key, shape in (("scale", ()), ("center", (3,)), ("near", ()), ("far", ())):
        try:
            value = np.asarray(document[key], dtype=np.float64)
        except KeyError:
            if key in ("scale", "center"):
                findings.problem(f"it has no {key}", file=path)
            continue
        except (TypeError, ValueError):
            value = np.full((), np.nan)
        if value.shape != shape or not np.all(np.isfinite(value)) or (key != "center" and value <= 0):
            findings.problem(
                f"its {key} is {document[key]!r}, which is no {'place' if shape else 'positive number'}", file=path
            )
            continue
        values[key] = value
    near, far = (float(values[key]) if key in values else None for key in ("near", "far"))
    return _Scene(float(values.get("scale", 1.0)), values.get("center", np.zeros(3)), near, far)


def _ids(dataset: Mapping[str, Any], purpose: Purpose, path: Path, findings: Findings) -> list[str]:
    """The pictures that serve the purpose; a dataset without a split serves both with all that it has."""
    train, judged, every = (_list(dataset, key) for key in ("train_ids", "val_ids", "ids"))
    chosen = train if purpose is Purpose.BAKE else judged
    if not chosen:
        chosen = every
    elif purpose is Purpose.BAKE and judged:
        findings.note(f"its {len(judged)} val_ids are the truth to compare with and are not baked", file=path)
    twice = {own for own in chosen if chosen.count(own) > 1}
    for own in sorted(twice):
        findings.problem("it is listed twice", file=path, frame=own)
    return list(dict.fromkeys(chosen))


def _list(dataset: Mapping[str, Any], key: str) -> list[str]:
    value = dataset.get(key)
    return [str(own) for own in value] if isinstance(value, list) else []


def _largest(folder: Path) -> str:
    """The folder below `rgb` with the largest pictures, which is the one with the smallest number."""
    sizes = [place.name for place in (folder / "rgb").glob("*x") if place.is_dir() and _SIZE.fullmatch(place.name)]
    return min(sizes, key=lambda name: int(name[:-1]), default="1x")


def _told(own: str, metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    told = metadata.get(own)
    if not isinstance(told, dict):
        raise BadEntry("metadata.json says nothing of it")
    if _time(told) is None:
        raise BadEntry("it has neither a time_id nor a warp_id")
    return told


def _entry(
    own: str,
    folder: Path,
    size: str,
    told: Mapping[str, Any],
    intrinsics: Intrinsics,
    matrix: NDArray[np.float64],
    scene: _Scene,
) -> Entry:
    matrix[:3, 3] = (matrix[:3, 3] - scene.centre) * scene.scale
    rgb = folder / "rgb" / size
    picture = next((place for suffix in SUFFIXES if (place := rgb / f"{own}{suffix}").is_file()), rgb / f"{own}.png")
    mask, depth = folder / "mask" / size / f"{own}.png", folder / "depth" / size / f"{own}.npy"
    return Entry(
        name=own,
        path=picture,
        intrinsics=intrinsics,
        matrix=matrix,
        shot_frame=_time(told),
        stream=str(told.get("camera_id", 0)),
        mask=mask if mask.is_file() else None,
        depth=DepthMap(depth, scene.scale) if depth.is_file() else None,
    )


def _time(told: Mapping[str, Any]) -> float | None:
    numbers = (told[key] for key in _TIMES if isinstance(told.get(key), (int, float)))
    return next((float(number) for number in numbers), None)


def _camera(path: Path) -> tuple[Intrinsics, NDArray[np.float64]]:
    """Lens and (4, 4) camera-to-world matrix, OpenGL, of a camera file; place and units as in the file."""
    document = _object(path)
    if "tangential" in document:
        # Nerfies' first datasets were written so.
        document.setdefault("tangential_distortion", document["tangential"])

    def numbers(key: str, shape: tuple[int, ...], default: Any = None) -> NDArray[np.float64]:
        try:
            value = np.asarray(document.get(key, default), dtype=np.float64)
        except (TypeError, ValueError):
            value = np.full((), np.nan)
        if value.shape != shape or np.any(np.isnan(value)):
            wanted = "x".join(map(str, shape)) + " numbers" if shape else "a number"
            raise BadEntry(f"its camera's {key} is not {wanted}" if key in document else f"its camera has no {key}")
        return value

    if abs(numbers("skew", (), 0.0)) > 1e-6:
        raise BadEntry(f"its camera is skewed by {document['skew']:g}; undistort the pictures first")
    matrix = np.eye(4)
    matrix[:3, :3] = numbers("orientation", (3, 3)).T
    matrix[:3, 3] = numbers("position", (3,))
    focal, (cx, cy) = float(numbers("focal_length", ())), numbers("principal_point", (2,))
    width, height = numbers("image_size", (2,))
    k1, k2, k3 = (float(v) for v in numbers("radial_distortion", (3,), (0.0, 0.0, 0.0)))
    p1, p2 = (float(v) for v in numbers("tangential_distortion", (2,), (0.0, 0.0)))
    coefficients = (k1, k2, p1, p2, k3)
    intrinsics = Intrinsics(
        width=round(float(width)),
        height=round(float(height)),
        fx=focal,
        fy=focal * float(numbers("pixel_aspect_ratio", (), 1.0)),
        cx=float(cx),
        cy=float(cy),
        lens=Lens(LensModel.OPENCV, coefficients) if any(coefficients) else Lens(),
    )
    return intrinsics, opengl(matrix)
