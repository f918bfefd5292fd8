"""A shot as the bake sees it, whatever it was read from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..contract.camera import Camera
from ..contract.colour import SRGB, Encoding
from ..contract.colour_spaces import is_plain
from ..contract.shot_description import Alpha

Corner = tuple[float, float, float]


@dataclass(frozen=True)
class DepthMap:
    """A file with the planar depth of every pixel.

    `scale` turns what is stored into scene units; None stands for thousandths where the file holds whole numbers, as
    depth cameras count millimetres, and for 1 where it holds floats.
    """

    path: Path
    scale: float | None = None


@dataclass(frozen=True)
class Colour:
    """What the values in a picture file mean, and how they are stored for the field.

    `space` is a name in the OpenColorIO configuration `config`; "" for sRGB, or the scene-linear Rec.709 of OpenEXR
    files, of which what is brighter than white is clipped.
    """

    space: str = ""
    config: str = ""
    encoding: Encoding = SRGB

    @property
    def plain(self) -> bool:
        """Whether it takes no OpenColorIO to know what the values mean."""
        return is_plain(self.space)


@dataclass(frozen=True)
class Picture:
    """Where the pixels of one frame are, and what is known of them.

    `video_frame` is the number (from 0) of the picture in a video, None for a picture file. Black pixels of `mask`
    are ignored by the bake. White pixels of `moving` show what moves by itself: they are baked, but nothing that
    stands still is concluded from them. `exposure` is in stops, as somebody states it; only differences between the
    pictures of a shot count.
    """

    path: Path
    video_frame: int | None = None
    mask: Path | None = None
    alpha: Alpha = Alpha.NONE
    moving: Path | None = None
    depth: DepthMap | None = None
    exposure: float | None = None
    colour: Colour = Colour()


@dataclass(frozen=True)
class Frame:
    """One picture, its camera at that instant (lens distortion included) and its time.

    `camera` has the size of the picture as it is stored. `name` is what people call the frame in messages.
    """

    name: str
    picture: Picture
    camera: Camera
    shot_frame: float
    stream: int = 0


@dataclass(frozen=True)
class Shot:
    """Footage that has passed validation.

    Frames are in order of stream, then time. Shot frames lie within [first_frame, last_frame]. `bounds` is a box in
    capture space that the artist drew, `near` and `far` are depths the capture states; None where it is silent.
    """

    name: str
    frames: tuple[Frame, ...]
    fps: float
    first_frame: float
    last_frame: float
    metres_per_unit: float = 1.0
    bounds: tuple[Corner, Corner] | None = None
    near: float | None = None
    far: float | None = None

    @property
    def encoding(self) -> Encoding:
        """How colours are stored for the field, the same for all frames."""
        return self.frames[0].picture.colour.encoding if self.frames else SRGB

    @property
    def colour_space(self) -> str:
        """What the footage was recorded in, for people: names, joined by commas."""
        return ", ".join(sorted({frame.picture.colour.space or "sRGB" for frame in self.frames}))

    @property
    def has_alpha(self) -> bool:
        """Whether the pictures show a subject alone, with alpha around it."""
        return any(frame.picture.alpha is not Alpha.NONE for frame in self.frames)
