"""Light beyond white from a field to a render and to the viewport, whatever the scene's working space is."""

from __future__ import annotations

import dataclasses
import importlib
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from render_frames import prepare
from viewport_drawing import HOST, SIZE, Screen, _projection, _request, _view, fetch, open_gpu

STOPS = -4.0


def main(folder: str, field: str, working: str, display: str, view: str) -> dict[str, Any]:
    """Where the render is, the plate's colour space, and what a viewport shows of box and sky, as light of the display.

    Parameters
    ----------
    working : str
        Working space to set, "" for what there is.
    """
    found: dict[str, Any] = {"viewport": _viewport(folder, field, display, view)}
    scene = prepare(folder, field, "CYCLES", {})
    if working:
        bpy.ops.wm.set_working_color_space(working_space=working, convert_colors=False)
    scene.frame_set(3)
    scene.render.filepath = f"{folder}/frame_0003"
    bpy.ops.render.render(write_still=True)
    spaces = [image.colorspace_settings.name for image in bpy.data.images if image.name.startswith("Plate ")]
    return found | {"picture": f"{folder}/frame_0003.exr", "spaces": spaces}


def _viewport(folder: str, field: str, display: str, view: str) -> dict[str, list[float]]:
    parts = {name: importlib.import_module(f"{HOST}.viewport.{name}") for name in ("drawing", "display", "fetching")}
    looking = importlib.import_module(f"{HOST}.viewport.looking")
    request = _request(folder, field)
    fetcher = parts["fetching"].Fetcher()
    picture = fetch(fetcher, request)
    surfels = fetch(fetcher, looking.surfels_request(request, request.shot_frame))
    fetcher.end()
    open_gpu()
    drawing = parts["drawing"].Drawing()
    shown = parts["display"]._shown(parts["display"].Transform(display, view, "None", STOPS, 1.0))
    assert shown.table is not None, "the view transform is known"
    surfels = dataclasses.replace(surfels, sky=np.tile(surfels.colours[0], (4, 8, 1)))
    seen = {}
    for name in ("picture", "surfels"):
        with Screen() as screen:
            if name == "picture":
                drawing.picture(picture, request, _projection(), shown)
            else:
                drawing.surfels(surfels, request, _view(), _projection(), SIZE[1], shown)
            pixels = screen.read()[..., :3]
            seen[name] = pixels[55:65, 75:85].mean(axis=(0, 1)).tolist()
    seen["sky"] = pixels[3:8, 3:8].mean(axis=(0, 1)).tolist()
    drawing.forget()
    # Textures that outlive the GPU's context end the process badly.
    parts["display"].forget_displays()
    return seen
