"""Qualisys Track Manager's calibration (`*.qca.txt`, XML) with a video a camera: static, synchronised, metric, Z up.

`transform` holds the camera's axes in the world row by row (right, up, backwards) and its place in millimetres. The
intrinsics are in subpixels, 64 to a pixel as a rule; pixels are counted from the middle of the first one.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as XML
from pathlib import Path

import numpy as np

from ..contract.camera import Lens, LensModel
from ..contract.errors import UserError
from .capture import BadEntry, Capture, Intrinsics, Purpose
from .problems import Findings
from .rig import RigCamera, film
from .video import SUFFIXES as VIDEO_SUFFIXES

_ENDINGS = (".qca.txt", ".qca")
_SUBPIXELS = 64.0
_MILLIMETRES = 1e-3


def find(path: Path) -> Path | None:
    """The calibration that `path` is, or that is the only one in the folder `path` or its folder `calibration`."""
    if path.is_file():
        return path if path.name.lower().endswith(_ENDINGS) else None
    for folder in (path, path / "calibration"):
        files = sorted(folder.glob("*.*")) if folder.is_dir() else []
        found = [file for file in files if file.name.lower().endswith(_ENDINGS)]
        if len(found) == 1:
            return found[0]
    return None


def read(path: Path, purpose: Purpose, findings: Findings) -> Capture:  # noqa: ARG001
    """Read the calibration in file `path` and meet its cameras with the videos that bear their serial numbers.

    Raises
    ------
    UserError
        If the file is no calibration.
    """
    folder = path.parent.parent if path.parent.name == "calibration" else path.parent
    places = [place for place in (folder, folder / "videos", path.parent) if place.is_dir()]
    videos = sorted({file for place in places for file in place.iterdir() if file.suffix.lower() in VIDEO_SUFFIXES})
    if not videos:
        findings.problem("there are no videos beside it, nor in a folder videos/", file=path)
    cameras = []
    for element in _cameras(path):
        serial = element.get("serial") or "without a serial number"
        matching = [video for video in videos if _named_after(video, serial)]
        if len(matching) == 1:
            try:
                cameras.append(_camera(element, serial, matching[0]))
            except BadEntry as error:
                findings.problem(f"its camera {serial} {error}", file=path)
        elif matching:
            told = ", ".join(video.name for video in matching)
            findings.problem(f"its camera {serial} has several videos: {told}", file=path)
        elif videos:
            findings.note(
                f"its camera {serial} has no video with its serial number in the name; it is left out", file=path
            )
        videos = [video for video in videos if video not in matching]
    for video in videos:
        findings.problem("no camera of the calibration has a serial number that stands in its name", file=video)
    entries, fps = film(cameras, path, findings)
    return Capture(path=path, name=folder.resolve().name, entries=entries, fps=fps)


def _cameras(path: Path) -> list[XML.Element]:
    try:
        cameras = XML.parse(path).getroot().findall(".//camera")
    except (XML.ParseError, OSError, ValueError) as error:
        raise UserError(f"{path} is not readable XML: {error}.", "Export the calibration from QTM again.") from error
    active = [camera for camera in cameras if camera.get("active", "1") not in ("0", "false")]
    if not active:
        raise UserError(f"{path} holds no active cameras.", "Export the calibration from QTM again.")
    return active


def _named_after(video: Path, serial: str) -> bool:
    """Whether the serial number stands in a video's name on its own: 1 is not in `cam12`."""
    name, wanted = video.stem.lower(), serial.lower()
    start = name.find(wanted)
    while start >= 0:
        before, after = name[:start][-1:], name[start + len(wanted) :][:1]
        if not (before.isalnum() and before.isdigit() == wanted[0].isdigit()) and not (
            after.isalnum() and after.isdigit() == wanted[-1].isdigit()
        ):
            return True
        start = name.find(wanted, start + 1)
    return False


def _camera(element: XML.Element, serial: str, video: Path) -> RigCamera:
    transform, lens = _child(element, "transform"), _child(element, "intrinsic")
    seen, most = _child(element, "fov_video"), element.find("fov_video_max")
    if float(element.get("viewrotation") or 0) % 360:
        raise BadEntry(f"is turned by {element.get('viewrotation')} degrees; export its video and calibration unturned")
    if abs(_number(lens, "skew", 0.0)) > 1e-6:
        raise BadEntry("is skewed; skew is not supported")
    left, top = _number(seen, "left"), _number(seen, "top")
    width, height = _number(seen, "right") - left + 1, _number(seen, "bottom") - top + 1
    u = _subpixels(lens, "U", most if most is not None else seen, ("left", "right"))
    v = _subpixels(lens, "V", most if most is not None else seen, ("top", "bottom"))
    matrix = np.eye(4)
    matrix[:3, :3] = np.array([[_number(transform, f"r{row}{column}") for row in (1, 2, 3)] for column in (1, 2, 3)])
    matrix[:3, 3] = [_number(transform, axis) * _MILLIMETRES for axis in "xyz"]
    # Qualisys spells it so.
    p1, p2 = _number(lens, "tangentalDistortion1", 0.0), _number(lens, "tangentalDistortion2", 0.0)
    k1, k2, k3 = (_number(lens, f"radialDistortion{order}", 0.0) for order in (1, 2, 3))
    intrinsics = Intrinsics(
        width=round(width),
        height=round(height),
        fx=_number(lens, "focalLengthU") / u,
        fy=_number(lens, "focalLengthV") / v,
        cx=_number(lens, "centerPointU") / u - left + 0.5,
        cy=_number(lens, "centerPointV") / v - top + 0.5,
        lens=Lens(LensModel.OPENCV, (k1, k2, p1, p2, k3)),
    )
    return RigCamera(serial, video, intrinsics, matrix)


def _subpixels(lens: XML.Element, axis: str, field: XML.Element, edges: tuple[str, str]) -> float:
    """Subpixels to a pixel: what the sensor counts over what the whole picture does."""
    sensor = _number(lens, f"sensorMax{axis}", 0.0) - _number(lens, f"sensorMin{axis}", 0.0)
    pixels = _number(field, edges[1]) - _number(field, edges[0])
    return sensor / pixels if sensor > 0 and pixels > 0 else _SUBPIXELS


def _child(element: XML.Element, name: str) -> XML.Element:
    child = element.find(name)
    if child is None:
        raise BadEntry(f"has no {name}")
    return child


def _number(element: XML.Element, key: str, default: float | None = None) -> float:
    text = element.get(key)
    if text is None and default is not None:
        return default
    try:
        value = float(text or "")
    except ValueError as error:
        raise BadEntry(f"has no number {key} in {element.tag}") from error
    if not math.isfinite(value):
        raise BadEntry(f"has the {key} {text} in {element.tag}, which is not finite")
    return value
