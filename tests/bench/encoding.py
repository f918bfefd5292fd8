"""H.264 by the encoder that Blender brings: a folder of numbered PNGs to a video no larger than asked for."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bake.contract.errors import UserError
from tests.blender.harness import VERSIONS, wheel_python

_SCRIPT = """
import sys
import bpy
folder, out, crf, names = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
scene = bpy.context.scene
scene.sequence_editor_create()
editor = scene.sequence_editor
strips = editor.strips if hasattr(editor, "strips") else editor.sequences
strip = strips.new_image("plates", folder + "/" + names[0], 1, 1)
for name in names[1:]:
    strip.elements.append(name)
picture = strip.elements[0]
render = scene.render
render.resolution_x, render.resolution_y = picture.orig_width, picture.orig_height
render.resolution_percentage = 100
scene.frame_start, scene.frame_end = 1, len(names)
scene.view_settings.view_transform = "Standard"
if hasattr(render.image_settings, "media_type"):
    render.image_settings.media_type = "VIDEO"
render.image_settings.file_format = "FFMPEG"
render.ffmpeg.format, render.ffmpeg.codec = "MPEG4", "H264"
render.ffmpeg.constant_rate_factor, render.ffmpeg.ffmpeg_preset = crf, "BEST"
render.ffmpeg.gopsize = 60
render.filepath, render.use_file_extension = out, False
bpy.ops.render.render(animation=True)
"""
_FACTORS = ("LOSSLESS", "PERC_LOSSLESS", "HIGH", "MEDIUM", "LOW", "VERYLOW", "LOWEST")


def encoded(folder: Path, out: Path, largest: int) -> Path:
    """The best of Blender's rates that stays within `largest` bytes, or its lowest.

    Raises
    ------
    UserError
        If no Blender is at hand, or it cannot encode.
    """
    names = sorted(path.name for path in folder.glob("*.png"))
    for factor in _FACTORS:
        words = ["-c", _SCRIPT, str(folder), str(out), factor, *names]
        done = subprocess.run([wheel_python(VERSIONS[0]), *words], capture_output=True, text=True, timeout=600)
        if done.returncode or not out.is_file():
            raise UserError(f"H.264 is left out: Blender did not encode ({done.stderr.strip()[-200:]}).")
        if out.stat().st_size <= largest:
            break
    return out


def decoded(video: Path) -> Iterator[NDArray[np.float32]]:
    """The frames of a video, (H, W, 3) float32, encoded."""
    import cv2

    reader = cv2.VideoCapture(str(video))
    while True:
        there, frame = reader.read()
        if not there:
            return
        yield frame[..., ::-1].astype(np.float32) / 255
