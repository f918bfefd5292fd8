"""Follows what viewports ask for, preview by preview, as an artist scrubs, rests and plays."""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import Any

import numpy as np

ROOM = "bl_ext.user_default.spacetimepilot_blender"


def main() -> dict[str, Any]:
    """The kinds of previews in the order in which they are asked for."""
    camera = importlib.import_module(f"{ROOM}.bake.contract.camera").Camera
    messages = importlib.import_module(f"{ROOM}.bake.contract.messages")
    files = importlib.import_module(f"{ROOM}.bake.contract.preview_file")
    choosing = importlib.import_module(f"{ROOM}.spacetimepilot_blender.viewport.choosing")
    previews_of = importlib.import_module(f"{ROOM}.spacetimepilot_blender.viewport.previews").Previews
    eye = tuple(np.eye(4).ravel())
    seen = camera(1600, 800, 900.0, 900.0, 800.0, 400.0, eye)
    picture = messages.PictureRequest(0, "a.stp", "ab", seen, eye, 5.0, messages.Quality.STANDARD, "")
    surfels = messages.SurfelsRequest(0, "a.stp", "ab", 5.0, 1, "")
    wish = choosing.Wish("a", picture, surfels)

    def made(request: Any) -> Any:
        if isinstance(request, messages.PictureRequest):
            shape = (request.camera.height, request.camera.width)
            return files.PreviewPicture(np.zeros((*shape, 4), np.float16), np.zeros(shape, np.float32))
        count = 100
        return files.Surfels(
            np.zeros((count, 3), np.float32),
            np.zeros(count, np.float32),
            np.zeros((count, 4), np.uint8),
            np.zeros(3, np.float32),
            None,
        )

    ahead = [replace(surfels, shot_frame=float(frame)) for frame in (6, 7, 8, 4)]

    def asked(view: Any, previews: Any, pace: Any, most: int = 20) -> list[str]:
        told = []
        while len(told) < most:
            request = choosing.next_preview([view], previews, pace, lambda _: ahead)
            if request is None:
                break
            previews.keep(request, made(request))
            if isinstance(request, messages.PictureRequest):
                within = "" if request.budget is None else f" within {request.budget.seconds:g} s"
                told.append(f"picture {request.camera.width}{within}")
            else:
                told.append(f"surfels {request.shot_frame:g} of {request.fineness}")
        return told

    slow, quick = choosing.Pace(), choosing.Pace()
    for pace, ray, cube in ((slow, 1e-4, 0.09), (quick, 1e-7, 1e-4)):
        for _ in range(3):
            pace.learn(replace(picture, camera=seen.resized(100, 100)), ray * 10_000)
            pace.learn(surfels, cube)
    budget = importlib.import_module(f"{ROOM}.bake.contract.picture_budget").Budget(0.2)
    timely = replace(wish, timely=replace(picture, budget=budget))
    kept = previews_of(2**30)
    hurried = asked(choosing.Watched((timely,), 0.0, False), kept, slow)
    rested = {}
    for coarseness in (4, choosing.ALMOST_WHOLE):
        looked = previews_of(2**30)
        looked.keep(
            coarse := replace(picture, camera=seen.resized(1600 // coarseness, 800 // coarseness)), made(coarse)
        )
        rested[coarseness] = asked(choosing.Watched((timely,), 0.0, False), looked, slow)
    small = previews_of(3000)
    moving = asked(choosing.Watched((wish,), 0.0, False), small, slow)
    plenty = previews_of(2**30)
    plenty.keep(replace(surfels, shot_frame=5.0, fineness=3), made(surfels))
    late = plenty.surfels(replace(surfels, shot_frame=5.4), 0.5)
    return {
        "rest on a slow machine": asked(choosing.Watched((wish,), 1.0, False), previews_of(2**30), slow),
        "rest on a quick machine": asked(choosing.Watched((wish,), 1.0, False), previews_of(2**30), quick),
        "moving within a budget": hurried,
        "resting after that": asked(choosing.Watched((timely,), 1.0, False), kept, slow, 3),
        "moving where it rested before": list(rested.values()),
        "whatever the budget": kept.timely(replace(timely.timely, budget=replace(budget, seconds=0.4))) is not None,
        "playing": asked(choosing.Watched((wish,), 9.0, True), previews_of(2**30), quick),
        "moving with little memory": moving,
        "bytes kept": small.used,
        "nearest": late is not None and late[0].shot_frame == 5.0,
        "too far": plenty.surfels(replace(surfels, shot_frame=5.6), 0.5) is None,
        "another content": plenty.surfels(replace(surfels, content_hash="cd"), 9.0) is None,
        "around 10": choosing.around(10, 8, 16, 6),
    }
