"""Adds cameras and files to a shot, many at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy


def main(act: str, folder: str) -> dict[str, Any]:
    """The streams and what was said. `folder` holds the pictures and videos."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/shot.blend")
    said = ACTS[act](folder)
    shot = bpy.context.scene.spacetimepilot
    streams = [
        [
            stream.name,
            stream.camera.name if stream.camera else "",
            stream.clip.name if stream.clip else Path(bpy.path.abspath(stream.path)).name if stream.path else "",
            stream.scene_start,
            stream.skip,
            stream.count,
        ]
        for stream in shot.streams
    ]
    return {"said": said, "streams": streams, "source": shot.source}


def _cameras(folder: str) -> str:
    """Six cameras, each with its footage told in another way, or not at all."""
    scene = bpy.context.scene
    of_clip = _camera("Of Clip")
    background = of_clip.data.background_images.new()
    background.source = "MOVIE_CLIP"
    background.clip = bpy.data.movieclips.load(f"{folder}/CamB_0010.png")
    background.clip.frame_start, background.clip.frame_offset = 100, 2
    background.clip.name = "plate b"
    _show(_camera("Of Sequence"), f"{folder}/CamB_0010.png", "SEQUENCE", start=50, offset=11, length=4)
    _show(_camera("Of Video"), f"{folder}/sh010-CamA-v2.avi", "MOVIE", start=50, offset=0, length=6)
    _camera("CamB").select_set(True)
    bpy.data.movieclips.load(f"{folder}/CamB_0010.png").name = "camB_0010.png"
    _camera("Lonely")
    done = _camera("Done")
    stream = scene.spacetimepilot.streams.add()
    stream.name, stream.camera = "Done", done
    _camera("Left Out").select_set(False)
    return _said(bpy.ops.spacetimepilot.add_cameras)


def _files(folder: str) -> str:
    """Two sequences, a video and a camera that is left for what has no name."""
    for name in ("CamA", "camB", "Last"):
        _camera(name)
    scene = bpy.context.scene
    stream = scene.spacetimepilot.streams.add()
    stream.name, stream.camera = "Waiting", bpy.data.objects["camB"]
    names = ["0001.png", "0002.png", "CamB_0011.png", "CamB_0010.png", "sh010-CamA-v2.avi"]
    return _said(
        bpy.ops.spacetimepilot.add_footage_files,
        directory=folder,
        files=[{"name": name} for name in names],
        scene_start=7,
    )


def _rivals(folder: str) -> str:
    """Two files that are named after one camera."""
    _camera("CamA")
    _camera("CamA_v2")
    names = ["CamB_0010.png", "sh010-CamA-v2.avi", "other-CamA-v2.avi"]
    return _said(bpy.ops.spacetimepilot.add_footage_files, directory=folder, files=[{"name": name} for name in names])


def _unfit(folder: str) -> str:
    _camera("CamA")
    return _said(
        bpy.ops.spacetimepilot.add_footage_files,
        directory=folder,
        files=[{"name": name} for name in ("CamB_0010.png", "notes.txt")],
    )


def _poll(_: str) -> str:
    return _said(bpy.ops.spacetimepilot.add_cameras)


def _camera(name: str) -> bpy.types.Object:
    camera = bpy.data.objects.new(name, bpy.data.cameras.new(name))
    bpy.context.scene.collection.objects.link(camera)
    camera.select_set(True)
    return camera


def _show(camera: bpy.types.Object, path: str, source: str, *, start: int, offset: int, length: int) -> None:
    background = camera.data.background_images.new()
    background.image = bpy.data.images.load(path)
    background.image.source = source
    user = background.image_user
    user.frame_start, user.frame_offset, user.frame_duration = start, offset, length


def _said(operator: Callable[..., object], **options: Any) -> str:
    try:
        return str(operator(**options))
    except RuntimeError as error:
        return str(error)


ACTS: dict[str, Callable[[str], str]] = {
    "cameras": _cameras,
    "files": _files,
    "rivals": _rivals,
    "unfit": _unfit,
    "poll": _poll,
}
