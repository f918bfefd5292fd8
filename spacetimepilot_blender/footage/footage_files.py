"""Videos and image sequences as footage of the shot, each with the camera it is named after."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import bpy

from ...bake.contract.errors import UserError
from ..paths import relative
from .footage_matching import camera_of
from .footage_streams import add_stream, show_file
from .numbered_files import first_of_each

_MOVIES = frozenset(bpy.path.extensions_movie)


def add_files(scene: bpy.types.Scene, paths: Iterable[Path], scene_start: int) -> list[bpy.types.PropertyGroup]:
    """Make files footage of the shot; pictures of one sequence count as one.

    A camera that has no pictures yet gets its own here. Where one file and one camera are left, they belong together.

    Raises
    ------
    UserError
        If a file is missing or no picture or video; nothing is added then.
    """
    chosen = list(paths)
    _check(chosen)
    settings = scene.spacetimepilot
    filmed = {stream.camera for stream in settings.streams if stream.clip is not None or stream.path}
    free = sorted(thing.name for thing in scene.objects if thing.type == "CAMERA" and thing not in filmed)
    footage = first_of_each(chosen, _MOVIES)
    cameras = {path: camera_of(name, free) for path, name in footage.items()}
    _join_the_last(cameras, free)
    for path, name in footage.items():
        _add(scene, path, name, scene.objects.get(cameras[path] or ""), scene_start)
    settings.source = "SCENE"
    places = {relative(path) for path in footage}
    return [stream for stream in settings.streams if stream.clip is None and stream.path in places]


def _check(paths: list[Path]) -> None:
    known = _MOVIES | frozenset(bpy.path.extensions_image)
    wrong = [path.name for path in paths if path.suffix.lower() not in known]
    if wrong:
        raise UserError(f"{', '.join(wrong)}: not a picture and not a video.", "Choose pictures or videos only.")
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        raise UserError(f"There is no file {', '.join(missing)}.", "Choose the footage again.")


def _join_the_last(cameras: dict[Path, str | None], free: list[str]) -> None:
    taken = [name for name in cameras.values() if name is not None]
    # Two files that claim one camera: nobody can tell which is right.
    for path, name in cameras.items():
        if name is not None and taken.count(name) > 1:
            cameras[path] = None
    homeless = [path for path, name in cameras.items() if name is None]
    left = [name for name in free if name not in taken]
    if len(homeless) == len(left) == 1:
        cameras[homeless[0]] = left[0]


def _add(scene: bpy.types.Scene, path: Path, name: str, camera: bpy.types.Object | None, scene_start: int) -> None:
    streams = scene.spacetimepilot.streams
    waiting = (one for one in streams if camera is not None and one.camera == camera)
    stream: Any = next(waiting, None) or add_stream(scene, camera.name if camera is not None else name, camera)
    stream.scene_start = scene_start
    show_file(stream, path)
