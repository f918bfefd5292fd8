"""`transforms.json` in the dialects of D-NeRF, instant-ngp and nerfstudio: one list of cameras with times.

All three store OpenGL camera-to-world matrices, which is this project's own convention. What a frame says of itself
wins over the header. Nothing is checked against the disk here; see `validation`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..contract.camera import Lens, LensModel
from ..contract.errors import UserError
from ..contract.files import read_json
from ..contract.shot_description import Alpha
from .capture import BadEntry, Capture, Entry, Intrinsics, Purpose
from .exposure import stops_of
from .pictures import SUFFIXES
from .problems import Findings
from .shot import DepthMap

_FILE_NAMES = ("transforms_train.json", "transforms.json")

_PINHOLES = ("PINHOLE", "SIMPLE_PINHOLE")
_DISTORTED = ("OPENCV", "FULL_OPENCV", "RADIAL", "SIMPLE_RADIAL", "PERSPECTIVE")
_FISHEYES = ("OPENCV_FISHEYE", "FISHEYE")


def find(path: Path) -> Path | None:
    """The transforms file that `path` is, or that lies in the folder `path`."""
    if path.is_dir():
        return next((path / name for name in _FILE_NAMES if (path / name).is_file()), None)
    if path.suffix.lower() != ".json":
        return None
    document = read_json(path)
    named = path.name in _FILE_NAMES
    return path if named or (isinstance(document, dict) and isinstance(document.get("frames"), list)) else None


def read(path: Path, purpose: Purpose, findings: Findings) -> Capture:  # noqa: ARG001
    """Read a transforms file: its own frames whatever they are for, because training and test are files of their own.

    Raises
    ------
    UserError
        As `read_transforms`.
    """
    return read_transforms(path, findings)


def read_transforms(path: Path, findings: Findings) -> Capture:
    """Read a transforms file; frames that make no sense are left out and become problems.

    Raises
    ------
    UserError
        If the file is missing, not JSON, or has no list of frames.
    """
    header = read_json(path)
    if not isinstance(header, dict) or not isinstance(header.get("frames"), list):
        raise UserError(f"{path} is not a transforms file: it has no list of frames.")
    if header.get("applied_transform") is not None:
        findings.note("its cameras were moved by the software that wrote it; they are used as they stand", file=path)
    entries = []
    for index, frame in enumerate(header["frames"]):
        name = f"number {index}"
        try:
            if not isinstance(frame, dict):
                raise BadEntry("it is not a JSON object")
            name = _name(frame, index)
            entries.append(_entry(frame, header, path.parent, name))
        except BadEntry as error:
            findings.problem(str(error), file=path, frame=name)
    return Capture(
        path=path,
        name=str(header.get("name") or path.resolve().parent.name or path.stem),
        entries=tuple(entries),
        fps=_header_number(header, "fps", path, findings),
        frames_in_shot=_count(header, path, findings),
        near=_nearest([header, *header["frames"]], "near", min),
        far=_nearest([header, *header["frames"]], "far", max),
        metres_per_unit=_header_number(header, "metres_per_unit", path, findings) or 1.0,
        alpha=_alpha(header, path, findings),
    )


def _name(frame: Mapping[str, Any], index: int) -> str:
    text = str(frame.get("file_path") or "")
    return text.replace("\\", "/").removeprefix("./") or f"number {index}"


def _entry(frame: Mapping[str, Any], header: Mapping[str, Any], folder: Path, name: str) -> Entry:
    def path(key: str) -> Path | None:
        return _picture_path(folder, str(frame[key])) if frame.get(key) else None

    stream, depth = frame.get("camera"), path("depth_file_path")
    return Entry(
        name=name,
        path=path("file_path"),
        mask=path("mask_path"),
        moving=path("motion_mask_path"),
        depth=None if depth is None else DepthMap(depth, _number(header, "depth_unit_scale_factor")),
        intrinsics=_intrinsics(frame, header),
        matrix=_matrix(frame),
        time=_number(frame, "time"),
        shot_frame=_number(frame, "shot_frame"),
        stream=None if stream is None else str(stream),
        exposure=_exposure(frame, header),
    )


def _picture_path(folder: Path, text: str) -> Path:
    """The file that `file_path` means: relative to the file, perhaps without its extension."""
    path = folder / text.replace("\\", "/")
    if path.is_file():
        return path
    # "r_0.5" has a dot and no extension, so the suffix of the text says nothing.
    for suffix in SUFFIXES:
        candidate = path.with_name(path.name + suffix)
        if candidate.is_file():
            return candidate
    return path


def _number(level: Mapping[str, Any], key: str) -> float | None:
    value = level.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadEntry(f"{key} is {value!r}, not a number")
    return float(value)


def _exposure(frame: Mapping[str, Any], header: Mapping[str, Any]) -> float | None:
    """Stops: `exposure` itself, or what `exposure_time`, `f_number` and `iso` make; the latter two may be common."""
    stops, seconds = _number(frame, "exposure"), _number(frame, "exposure_time")
    if stops is not None:
        if not math.isfinite(stops):
            raise BadEntry(f"exposure is {stops}, not a finite number of stops")
        return stops
    if seconds is None:
        return None
    merged = {**header, **frame}
    stops = stops_of(seconds, _number(merged, "f_number") or 1.0, _number(merged, "iso") or 100.0)
    if stops is None:
        raise BadEntry("exposure_time, f_number and iso must be positive numbers")
    return stops


def _matrix(frame: Mapping[str, Any]) -> NDArray[np.float64]:
    try:
        matrix = np.array(frame["transform_matrix"], dtype=np.float64)
    except KeyError as error:
        raise BadEntry("it has no transform_matrix") from error
    except (TypeError, ValueError) as error:
        raise BadEntry("its transform_matrix is not a 4x4 matrix of numbers") from error
    if matrix.shape == (3, 4):
        matrix = np.vstack([matrix, (0.0, 0.0, 0.0, 1.0)])
    if matrix.shape != (4, 4):
        raise BadEntry(f"its transform_matrix has shape {'x'.join(map(str, matrix.shape))}, not 4x4")
    return matrix


def _intrinsics(frame: Mapping[str, Any], header: Mapping[str, Any]) -> Intrinsics:
    merged = {**header, **{key: value for key, value in frame.items() if value is not None}}
    width, height = _number(merged, "w"), _number(merged, "h")
    own = _focals(frame)
    return Intrinsics(
        width=None if width is None else round(width),
        height=None if height is None else round(height),
        cx=_number(merged, "cx"),
        cy=_number(merged, "cy"),
        lens=_lens(merged),
        **(own if any(value is not None for value in own.values()) else _focals(header)),
    )


def _focals(level: Mapping[str, Any]) -> dict[str, float | None]:
    """Focal lengths of one level: a frame that has any does not mix them with the header's."""
    return {
        "fx": _number(level, "fl_x"),
        "fy": _number(level, "fl_y"),
        "angle_x": _number(level, "camera_angle_x"),
        "angle_y": _number(level, "camera_angle_y"),
    }


def _lens(merged: Mapping[str, Any]) -> Lens:
    model = str(merged.get("camera_model") or ("OPENCV_FISHEYE" if merged.get("is_fisheye") else "OPENCV")).upper()

    def numbers(*keys: str) -> tuple[float, ...]:
        values = [_number(merged, key) or 0.0 for key in keys]
        while values and values[-1] == 0.0:
            values.pop()
        return tuple(values)

    if model in _PINHOLES:
        return Lens()
    if model in _FISHEYES:
        return Lens(LensModel.OPENCV_FISHEYE, numbers("k1", "k2", "k3", "k4"))
    if model in _DISTORTED:
        coefficients = numbers("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6")
        return Lens(LensModel.OPENCV, coefficients) if coefficients else Lens()
    known = ", ".join((*_PINHOLES, *_DISTORTED, *_FISHEYES))
    raise BadEntry(f"the camera model {model} is not known; known are {known}")


def _header_number(header: Mapping[str, Any], key: str, path: Path, findings: Findings) -> float | None:
    try:
        value = _number(header, key)
    except BadEntry as error:
        findings.problem(str(error), file=path)
        return None
    if value is not None and not (math.isfinite(value) and value > 0):
        findings.problem(f"{key} is {value:g}; it must be a positive number", file=path)
        return None
    return value


def _count(header: Mapping[str, Any], path: Path, findings: Findings) -> int | None:
    value = _header_number(header, "frames_in_shot", path, findings)
    return None if value is None else round(value)


def _nearest(levels: list[Any], key: str, choose: Any) -> float | None:
    found = [level[key] for level in levels if isinstance(level, dict) and isinstance(level.get(key), (int, float))]
    found = [float(value) for value in found if math.isfinite(value) and value >= 0]
    return choose(found) if found else None


def _alpha(header: Mapping[str, Any], path: Path, findings: Findings) -> Alpha | None:
    if header.get("alpha") is None:
        return None
    try:
        return Alpha(str(header["alpha"]))
    except ValueError:
        findings.problem(f"alpha is {header['alpha']!r}; it must be straight, premultiplied or none", file=path)
        return None
