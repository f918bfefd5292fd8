"""The scene's own cameras and footage, written down as a shot description for the worker."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import bpy

from ...bake.contract.camera import Camera, Lens, LensModel
from ...bake.contract.colour_spaces import is_plain
from ...bake.contract.errors import UserError
from ...bake.contract.shot_description import Alpha, FootageFrame, ShotDescription, Stream, write_shot_description
from ..cameras.scene_camera import footage_camera
from ..colour_spaces import configuration
from ..field.field_object import scene_rate
from ..paths import absolute
from ..shot_time.frame_kept import frame_kept
from .numbered_files import numbered

_SHAPE_TOLERANCE = 0.01


@dataclass(frozen=True)
class _Pictures:
    """The pictures of a stream: a video, or a sequence named by its first picture."""

    path: Path
    movie: bool
    count: int
    size: tuple[int, int]
    lens: _ClipLens | None


@dataclass(frozen=True)
class _ClipLens:
    """Intrinsics of a clip, in pixels of its pictures from the top left corner."""

    fx: float
    fy: float
    cx: float
    cy: float
    lens: Lens


def export_shot(scene: bpy.types.Scene, layer: bpy.types.ViewLayer, path: Path) -> ShotDescription:
    """Write the shot description of a scene's streams to `path`; the scene stays at its frame.

    Raises
    ------
    UserError
        With everything that is wrong at once, one line each.
    """
    settings = scene.spacetimepilot
    if not settings.streams:
        raise UserError("The shot has no footage.", "Add footage and the camera that filmed it.")
    troubles: list[str] = []
    ready = []
    for stream in settings.streams:
        try:
            ready.append((stream, _pictures(stream)))
            _check_camera(stream)
        except UserError as error:
            troubles.append(f"{stream.name}: {error}")
    if troubles:
        raise UserError("\n".join(troubles))
    start = min(stream.scene_start + stream.skip for stream, _ in ready)
    with frame_kept(scene):
        streams = tuple(_stream(scene, layer, stream, pictures, start) for stream, pictures in ready)
    shot = ShotDescription(
        name=path.name.removesuffix(".shot.json"),
        fps=settings.fps or scene_rate(scene),
        streams=streams,
        metres_per_unit=scene.unit_settings.scale_length,
        ocio="" if all(is_plain(stream.colour_space) for stream in settings.streams) else configuration(),
        source={"blend": Path(bpy.data.filepath).name, "blender": bpy.app.version_string, "scene_start": start},
    )
    write_shot_description(path, shot)
    return shot


def check_clip(clip: bpy.types.MovieClip) -> None:
    """Find out whether a clip's pictures and lens can be written down.

    Raises
    ------
    UserError
        If they cannot.
    """
    _of_clip(clip, _clip_lens(clip))


def _check_camera(stream: bpy.types.PropertyGroup) -> None:
    if stream.camera is None:
        raise UserError("It has no camera.", "Choose the camera that filmed it.")


def _stream(
    scene: bpy.types.Scene,
    layer: bpy.types.ViewLayer,
    stream: bpy.types.PropertyGroup,
    pictures: _Pictures,
    start: int,
) -> Stream:
    available = pictures.count - stream.skip
    wanted = min(stream.count, available) if stream.count else available
    frames = []
    for number in range(stream.skip, stream.skip + wanted):
        scene_frame = stream.scene_start + number
        scene.frame_set(scene_frame)
        camera = _filmed_by(scene, layer, stream, pictures)
        frames.append(
            FootageFrame(
                path=str(pictures.path if pictures.movie else numbered(pictures.path, number)),
                video_frame=number if pictures.movie else None,
                shot_frame=float(scene_frame - start),
                camera=camera,
            )
        )
    return Stream(stream.name, tuple(frames), Alpha(stream.alpha), stream.colour_space)


def _filmed_by(
    scene: bpy.types.Scene, layer: bpy.types.ViewLayer, stream: bpy.types.PropertyGroup, pictures: _Pictures
) -> Camera:
    camera = footage_camera(scene, stream.camera, layer.depsgraph)
    width, height = pictures.size
    if pictures.lens is not None:
        known = pictures.lens
        return replace(
            camera, width=width, height=height, fx=known.fx, fy=known.fy, cx=known.cx, cy=known.cy, lens=known.lens
        )
    rendered, filmed = camera.width / camera.height, width / height
    if abs(rendered / filmed - 1) > _SHAPE_TOLERANCE:
        raise UserError(
            f"{stream.name}: its pictures are {width}x{height}, but the scene renders {camera.width}x{camera.height}.",
            "Give the scene's resolution the shape of the footage while you bake.",
        )
    return camera.resized(width, height)


def _pictures(stream: bpy.types.PropertyGroup) -> _Pictures:
    if stream.clip is not None:
        return _of_clip(stream.clip, _clip_lens(stream.clip))
    path = absolute(stream.path, "Its footage")
    if not path.is_file():
        raise UserError(f"There is no file {path}.", "Choose the footage again.")
    clip = bpy.data.movieclips.load(str(path))
    try:
        return _of_clip(clip, None)
    finally:
        bpy.data.movieclips.remove(clip)


def _of_clip(clip: bpy.types.MovieClip, lens: _ClipLens | None) -> _Pictures:
    path = absolute(clip.filepath, "Its clip's file")
    width, height = clip.size
    if not path.is_file() or not width or not clip.frame_duration:
        raise UserError(f"The footage {path} cannot be read.", "Choose the footage again.")
    return _Pictures(path, clip.source == "MOVIE", clip.frame_duration, (width, height), lens)


def _clip_lens(clip: bpy.types.MovieClip) -> _ClipLens | None:
    """What a clip knows of its lens; None where it has been neither solved nor given a distortion."""
    camera, height = clip.tracking.camera, clip.size[1]
    solved = any(thing.reconstruction.is_valid for thing in clip.tracking.objects)
    lens = _distortion(camera, clip.name)
    if not solved and lens == Lens():
        return None
    cx, cy = camera.principal_point_pixels
    focal = camera.focal_length_pixels
    # libmv works in pixels of the picture's width; rows are scaled by the pixel aspect.
    return _ClipLens(focal, focal * camera.pixel_aspect, cx, height - cy, lens)


def _distortion(camera: bpy.types.MovieTrackingCamera, clip: str) -> Lens:
    match camera.distortion_model:
        case "POLYNOMIAL":
            return _lens(LensModel.OPENCV, camera.k1, camera.k2, 0.0, 0.0, camera.k3)
        case "DIVISION":
            return _lens(LensModel.DIVISION, camera.division_k1, camera.division_k2)
        case "BROWN":
            return _lens(
                LensModel.BROWN,
                camera.brown_k1,
                camera.brown_k2,
                camera.brown_k3,
                camera.brown_k4,
                camera.brown_p1,
                camera.brown_p2,
            )
        case model:
            raise UserError(
                f"The clip {clip} has lens distortion of the kind {model.title()}, which is not supported.",
                "Solve it with Polynomial, Divisions or Brown.",
            )


def _lens(model: LensModel, *coefficients: float) -> Lens:
    return Lens(model, coefficients) if any(coefficients) else Lens()
