"""What previews of a field cost, and how far they are from the picture that they stand in for."""

from __future__ import annotations

import importlib
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

sys.path.insert(0, str(Path(__file__).parent))
from viewport_drawing import HOST, Screen, fetch, open_gpu

FINENESSES = (1, 2, 3, 4)
_TIMES = 3


def main(folder: str, field: str, seen_from: dict[str, Any], shot_frame: float) -> dict[str, Any]:
    """Seconds of the picture; of each fineness surfels, bytes, seconds to make and to draw, and dB from the picture."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/shot.blend")
    bpy.ops.spacetimepilot.add_field(filepath=field)
    room = HOST.rpartition(".")[0]
    camera = importlib.import_module(f"{room}.bake.contract.camera").Camera.from_json(seen_from)
    messages = importlib.import_module(f"{room}.bake.contract.messages")
    looking = importlib.import_module(f"{HOST}.viewport.looking")
    thing = bpy.context.object.evaluated_get(bpy.context.evaluated_depsgraph_get())
    plate = importlib.import_module(f"{HOST}.field.field_request").plate_request(thing, 0.0, camera)
    request = replace(messages.PictureRequest(**vars(plate)), shot_frame=shot_frame)
    fetcher = importlib.import_module(f"{HOST}.viewport.fetching").Fetcher()
    fetch(fetcher, replace(request, camera=camera.resized(8, 8)))
    picture, seconds = _timed(lambda: fetch(fetcher, request))
    open_gpu()
    drawing = importlib.import_module(f"{HOST}.viewport.drawing").Drawing()
    plain = importlib.import_module(f"{HOST}.viewport.display").Display(None)
    view, projection = Matrix(camera.camera_to_world.tolist()).inverted(), _projection(camera)
    rows = []
    for fineness in FINENESSES:
        asked = replace(looking.surfels_request(request, shot_frame), fineness=fineness)
        surfels, made = _timed(lambda asked=asked: fetch(fetcher, asked))
        with Screen((camera.width, camera.height)) as screen:
            drawing.surfels(surfels, request, view, projection, camera.height, plain)
            screen.read()

            def draw(surfels: Any = surfels, screen: Screen = screen) -> None:
                drawing.surfels(surfels, request, view, projection, camera.height, plain)
                screen.read()

            _, drawn = _timed(draw)
            _, read = _timed(screen.read)
        distance = drawing.distance(surfels, picture, request, view, projection)
        rows.append(
            {
                "fineness": fineness,
                "surfels": len(surfels.radii),
                "bytes": surfels.size,
                "seconds": made,
                "drawing": max(drawn - read, 0.0),
                "distance": distance,
            }
        )
    fetcher.end()
    drawing.forget()
    return {"picture": seconds, "pixels": camera.width * camera.height, "rows": rows}


def _timed(act: Callable[[], Any]) -> tuple[Any, float]:
    seconds = []
    for _ in range(_TIMES):
        start = time.perf_counter()
        made = act()
        seconds.append(time.perf_counter() - start)
    return made, statistics.median(seconds)


def _projection(camera: Any) -> Matrix:
    """The clip space whose viewport is the camera's picture."""
    near, far = 0.01, 1000.0
    across = 2 * camera.fx / camera.width, 1 - 2 * camera.cx / camera.width
    upwards = 2 * camera.fy / camera.height, 2 * camera.cy / camera.height - 1
    deep = -(far + near) / (far - near), -2 * far * near / (far - near)
    rows = np.array([[across[0], 0, across[1], 0], [0, upwards[0], upwards[1], 0], [0, 0, *deep], [0, 0, -1, 0]])
    return Matrix(rows.tolist())
