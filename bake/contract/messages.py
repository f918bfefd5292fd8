"""Messages between Blender and the worker: one JSON object a line.

A bake prints `Progress` lines, and `Queued` ones while it waits for others; it ends with one of `Done`, `Failed`,
`Stopped` or `Paused`. The serving worker reads requests from standard input and answers each with `Done`, `Failed` or
`Stopped`, carrying the request's id. Pixels never travel here: they go through files.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, ClassVar

from .camera import Camera
from .picture_budget import Budget
from .plate_layers import PlateLayers, layers_of
from .shutter import Aperture, Shutter

PROTOCOL = 5


class Preset(StrEnum):
    """How much a bake spends."""

    PREVIEW = "preview"
    STANDARD = "standard"
    FINAL = "final"


class Precision(StrEnum):
    """What a bake is asked to compute with; FULL and HALF are there to compare with."""

    AUTO = "auto"
    """Half where the device gains by it."""
    FULL = "full"
    HALF = "half"
    """Half on every device."""


class Quality(StrEnum):
    """How finely a picture of the field is sampled."""

    PREVIEW = "preview"
    STANDARD = "standard"
    FINAL = "final"


class FilterShape(StrEnum):
    """How a render weighs what it samples around a pixel's centre."""

    BLACKMAN_HARRIS = "blackman_harris"
    GAUSSIAN = "gaussian"
    BOX = "box"


@dataclass(frozen=True)
class PixelFilter:
    """A render's pixel filter, the same along x and y.

    `radius`, pixels, is where it ends; `sigma`, pixels, belongs to a Gaussian.
    """

    shape: FilterShape
    radius: float
    sigma: float = 0.0


@dataclass(frozen=True)
class NativeSurfaces:
    """Where a field is split: at what else is in the scene.

    `file` is a `native_file` and `content` its fingerprint. `pixel_filter` is the render's. `world` says whether the
    render shows the world behind everything, so that it hides and is hidden as a surface at infinity.
    """

    file: str
    content: str
    pixel_filter: PixelFilter
    world: bool = False


@dataclass(frozen=True)
class Hello:
    """The serving worker's first line; also its answer to nothing but its own start."""

    type: ClassVar[str] = "hello"
    protocol: int
    device: str
    versions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PlateRequest:
    """Make one plate file.

    `camera` is in scene space, `field_to_scene` (16 floats, row by row) places the field's capture space there, and
    may scale and shear. `crop` is the lower and upper corner of a box in capture space outside which nothing is
    shown, or None. `exposure` is in stops. `exposure_of` is the shot frame whose exposure, as the footage has it, the
    plate gets; None is neutral. With `native`, what lies before and behind native surfaces is told apart. Where
    `shutter` is given, its instants count in place of `camera`'s pose, `field_to_scene` and `shot_frame`, which are
    those of the frame; an `aperture` sees out of focus. `layers` is what it carries beside colour and depth, None for
    nothing. `fade` is how much of the field is there, from 0 to 1, where a stand-in takes its place. A request with a
    `channel` replaces waiting requests of that channel.
    """

    type: ClassVar[str] = "plate"
    id: int
    field_file: str
    content_hash: str
    camera: Camera
    field_to_scene: tuple[float, ...]
    shot_frame: float
    quality: Quality
    path: str
    crop: tuple[tuple[float, float, float], tuple[float, float, float]] | None = None
    exposure: float = 0.0
    exposure_of: float | None = None
    native: NativeSurfaces | None = None
    shutter: Shutter | None = None
    aperture: Aperture | None = None
    channel: str = ""
    layers: PlateLayers | None = None
    fade: float = 1.0


@dataclass(frozen=True)
class PictureRequest(PlateRequest):
    """Make a picture for a viewport: what a plate shows, as a `preview_file`. Any newer request stops it.

    With a `budget` it has as many pixels and samples as that allows, in the shape of `camera`'s picture.
    """

    type: ClassVar[str] = "picture"
    budget: Budget | None = None


@dataclass(frozen=True)
class SurfelsRequest:
    """Make the surfels of an instant, a `preview_file`. Any newer request stops it.

    `fineness` counts voxels along an edge of the field's occupancy cells. `exposure_of` as a plate's.
    """

    type: ClassVar[str] = "surfels"
    id: int
    field_file: str
    content_hash: str
    shot_frame: float
    fineness: int
    path: str
    exposure_of: float | None = None
    channel: str = ""


@dataclass(frozen=True)
class VolumeRequest:
    """Make what a Volume object shows of an instant, a `volume_file`.

    `voxels` lie along the longest edge of what is shown: the field's bounds, or what of them is in `crop`. `speed` is
    how many shot frames pass in a scene frame just then: velocities are per scene frame, and none are needed at 0.
    `crop`, `exposure` and `exposure_of` as a plate's.
    """

    type: ClassVar[str] = "volume"
    id: int
    field_file: str
    content_hash: str
    shot_frame: float
    voxels: int
    path: str
    speed: float = 0.0
    crop: tuple[tuple[float, float, float], tuple[float, float, float]] | None = None
    exposure: float = 0.0
    exposure_of: float | None = None
    channel: str = ""


@dataclass(frozen=True)
class EnvironmentRequest(PlateRequest):
    """Make a lat-long picture of all that the field shows around a point, as Blender's world maps it.

    Of `camera` count the size and the place alone: directions are those of the scene's axes.
    """

    type: ClassVar[str] = "environment"


@dataclass(frozen=True)
class MeshRequest:
    """Make a mesh of the field's surfaces at an instant, a PLY file in capture space with encoded colours.

    `detail` counts voxels along the longest edge of what is looked at. `crop` as a plate's.
    """

    type: ClassVar[str] = "mesh"
    id: int
    field_file: str
    content_hash: str
    shot_frame: float
    detail: int
    path: str
    crop: tuple[tuple[float, float, float], tuple[float, float, float]] | None = None
    channel: str = ""


@dataclass(frozen=True)
class StandInRequest(MeshRequest):
    """Make a mesh that stands in for the field where it is small: a PLY file in capture space, which carries the light
    that comes from each vertex as `stand_in.LIGHT`.

    `exposure_of` as a plate's.
    """

    type: ClassVar[str] = "stand_in"
    exposure_of: float | None = None


@dataclass(frozen=True)
class CancelRequest:
    """Drop the request `id`, waiting or running."""

    type: ClassVar[str] = "cancel"
    id: int


@dataclass(frozen=True)
class Progress:
    """How far a bake or a plate is. `seconds_left` is an estimate; `psnr`, dB, is of held-out rays, NaN at first."""

    type: ClassVar[str] = "progress"
    phase: str
    fraction: float
    id: int = 0
    step: int = 0
    steps: int = 0
    loss: float = float("nan")
    psnr: float = float("nan")
    rays_per_second: float = 0.0
    seconds_left: float = 0.0


@dataclass(frozen=True)
class Done:
    """The work is finished; `path` is what it made. `metrics` of a bake: psnr, steps, seconds."""

    type: ClassVar[str] = "done"
    path: str
    id: int = 0
    metrics: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Failed:
    """The work failed in a way that the user can read: a sentence and the next step."""

    type: ClassVar[str] = "failed"
    message: str
    hint: str = ""
    id: int = 0


@dataclass(frozen=True)
class Stopped:
    """The work was cancelled or replaced; what was saved so far is kept."""

    type: ClassVar[str] = "stopped"
    message: str = ""
    id: int = 0


@dataclass(frozen=True)
class Queued:
    """The bake waits for `ahead` others; `behind` is the output of the one right before it."""

    type: ClassVar[str] = "queued"
    ahead: int
    behind: str = ""


@dataclass(frozen=True)
class Paused:
    """The bake was asked to rest; it goes on from where it was when it is resumed."""

    type: ClassVar[str] = "paused"
    message: str = ""


Request = PlateRequest | SurfelsRequest | VolumeRequest | MeshRequest
Message = Hello | Request | CancelRequest | Progress | Done | Failed | Stopped | Queued | Paused
_REQUESTS = (
    PlateRequest,
    PictureRequest,
    EnvironmentRequest,
    SurfelsRequest,
    VolumeRequest,
    MeshRequest,
    StandInRequest,
    CancelRequest,
)
_KINDS: dict[str, type[Message]] = {
    kind.type: kind for kind in (Hello, *_REQUESTS, Progress, Done, Failed, Stopped, Queued, Paused)
}


def encode(message: Message) -> str:
    """One line of JSON without its line end. Numbers that are not finite travel as null."""
    document: dict[str, Any] = {"type": message.type}
    document |= {key: _finite(value) for key, value in asdict(message).items()}
    if isinstance(message, PlateRequest):
        document["camera"] = message.camera.to_json()
        # Left out where there are none, as in requests from before there were any: their plates are still good.
        del document["layers"]
        if message.layers is not None:
            document["layers"] = message.layers.to_json()
        if message.fade == 1:
            del document["fade"]
        document["shutter"] = None if message.shutter is None else message.shutter.to_json()
    return json.dumps(document, allow_nan=False)


def decode(line: str) -> Message:
    """Read one line.

    Raises
    ------
    ValueError
        If the line is no message of this protocol.
    """
    try:
        document = json.loads(line)
        kind = _KINDS[document.pop("type")]
        if issubclass(kind, PlateRequest):
            document["camera"] = Camera.from_json(document["camera"])
            document["quality"] = Quality(document["quality"])
            document["field_to_scene"] = tuple(document["field_to_scene"])
            if document.get("native") is not None:
                document["native"] = _native(document["native"])
            if document.get("layers") is not None:
                document["layers"] = layers_of(document["layers"])
            if document.get("shutter") is not None:
                document["shutter"] = Shutter.from_json(document["shutter"])
            if document.get("aperture") is not None:
                document["aperture"] = Aperture(**document["aperture"])
            if document.get("budget") is not None:
                document["budget"] = Budget.from_json(document["budget"])
        if document.get("crop") is not None:
            low, high = document["crop"]
            document["crop"] = (tuple(low), tuple(high))
        if kind is Progress:
            document = {key: float("nan") if value is None else value for key, value in document.items()}
        return kind(**document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"not a message of protocol {PROTOCOL}: {line[:200]!r}") from error


def _native(document: dict[str, Any]) -> NativeSurfaces:
    pixel_filter = PixelFilter(**document["pixel_filter"])
    pixel_filter = replace(pixel_filter, shape=FilterShape(pixel_filter.shape))
    return NativeSurfaces(**{**document, "pixel_filter": pixel_filter})


def _finite(value: Any) -> Any:
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value
