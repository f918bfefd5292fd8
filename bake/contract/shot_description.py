"""The shot description: footage and cameras as Blender exports them, one JSON file (`*.shot.json`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from .camera import Camera
from .errors import UserError
from .files import read_json, write_json

FORMAT = "spacetimepilot-shot"
FORMAT_VERSION = 1
SUFFIX = ".shot.json"


class Alpha(StrEnum):
    """What the fourth channel of the footage means."""

    NONE = "none"
    STRAIGHT = "straight"
    PREMULTIPLIED = "premultiplied"


@dataclass(frozen=True)
class FootageFrame:
    """One picture: where it is, when it was taken, and by which camera.

    `path` names a picture file, or the video in which this is picture number `video_frame` (from 0). Paths are
    relative to the description's folder or absolute. `mask` names a picture whose black pixels are ignored, or is "";
    `moving` one whose white pixels show what moves by itself.
    """

    path: str
    shot_frame: float
    camera: Camera
    video_frame: int | None = None
    mask: str = ""
    moving: str = ""


@dataclass(frozen=True)
class Stream:
    """The footage of one physical camera.

    `colour_space` is a name in the shot's OpenColorIO configuration; "" for sRGB, or for the light that OpenEXR holds.
    """

    name: str
    frames: tuple[FootageFrame, ...]
    alpha: Alpha = Alpha.NONE
    colour_space: str = ""


@dataclass(frozen=True)
class ShotDescription:
    """A shot with all its cameras on one clock.

    `fps` is the shot's; `metres_per_unit` turns the camera positions into metres; `bounds` is a box that the artist
    drew around the subject (lower and upper corner, same space as the cameras), or None to let the bake find it.
    `ocio` is the OpenColorIO configuration that knows the colour spaces of the streams, a file or `ocio://...`.
    """

    name: str
    fps: float
    streams: tuple[Stream, ...]
    metres_per_unit: float = 1.0
    bounds: tuple[tuple[float, float, float], tuple[float, float, float]] | None = None
    ocio: str = ""
    source: dict[str, Any] = field(default_factory=dict)
    """Free notes for people: the .blend, the clip, the software."""


def write_shot_description(path: Path, shot: ShotDescription) -> None:
    """Write a shot description, aside and then renamed."""
    write_json(
        path,
        {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "name": shot.name,
            "fps": shot.fps,
            "metres_per_unit": shot.metres_per_unit,
            "bounds": shot.bounds,
            "ocio": shot.ocio,
            "source": shot.source,
            "streams": [
                {
                    "name": stream.name,
                    "alpha": stream.alpha.value,
                    "colour_space": stream.colour_space,
                    "frames": [
                        {
                            "path": frame.path,
                            "video_frame": frame.video_frame,
                            "mask": frame.mask,
                            "moving": frame.moving,
                            "shot_frame": frame.shot_frame,
                            "camera": frame.camera.to_json(),
                        }
                        for frame in stream.frames
                    ],
                }
                for stream in shot.streams
            ],
        },
    )


def read_shot_description(path: Path) -> ShotDescription:
    """Read a shot description; whether its frames exist and make sense is the footage reader's business.

    Raises
    ------
    UserError
        If the file is missing, not a shot description, or of a newer version.
    """
    document = read_json(path)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise UserError(f"{path} is not a shot description.", "Export the shot from Blender again.")
    if document.get("version") != FORMAT_VERSION:
        raise UserError(
            f"{path} has shot description version {document.get('version')}; this software reads {FORMAT_VERSION}.",
            "Update the worker, or export the shot again.",
        )
    try:
        bounds = document.get("bounds")
        return ShotDescription(
            name=str(document["name"]),
            fps=float(document["fps"]),
            metres_per_unit=float(document.get("metres_per_unit", 1.0)),
            bounds=None if bounds is None else (tuple(bounds[0]), tuple(bounds[1])),
            ocio=document.get("ocio") or "",
            source=document.get("source") or {},
            streams=tuple(_stream(entry) for entry in document["streams"]),
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise UserError(f"{path} is damaged: {error!r}.", "Export the shot from Blender again.") from error


def _stream(entry: dict[str, Any]) -> Stream:
    return Stream(
        name=str(entry["name"]),
        alpha=Alpha(entry.get("alpha", "none")),
        colour_space=entry.get("colour_space") or "",
        frames=tuple(
            FootageFrame(
                path=str(frame["path"]),
                video_frame=frame.get("video_frame"),
                mask=frame.get("mask") or "",
                moving=frame.get("moving") or "",
                shot_frame=float(frame["shot_frame"]),
                camera=Camera.from_json(frame["camera"]),
            )
            for frame in entry["frames"]
        ),
    )
