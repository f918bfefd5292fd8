"""Draws a field's previews, made by a real worker, among native surfaces, as viewports do but without a window."""

from __future__ import annotations

import dataclasses
import importlib
import time
from typing import Any

import bpy
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader
from mathutils import Matrix

HOST = "bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender"
SIZE = (160, 120)
EYE = (0.0, -6.0, 1.0)
NEAR, FAR = 0.1, 100.0


def main(folder: str, field: str) -> dict[str, Any]:
    """By kind of preview: mean colours where a native wall stands before the ball, behind it, and where none does."""
    viewport = {name: importlib.import_module(f"{HOST}.viewport.{name}") for name in ("drawing", "display", "fetching")}
    request = _request(folder, field)
    looking = importlib.import_module(f"{HOST}.viewport.looking")
    surfels = looking.surfels_request(request, request.shot_frame)
    fetcher = viewport["fetching"].Fetcher()
    wanted = {"picture": request, "surfels": dataclasses.replace(surfels, fineness=2), "timely": _timely(request)}
    previews = {name: fetch(fetcher, own) for name, own in wanted.items()}
    fetcher.end()
    open_gpu()
    drawing = viewport["drawing"].Drawing()
    plain = viewport["display"].Display(None)
    found: dict[str, Any] = {}
    view, projection = _view(), _projection()
    for name, preview in previews.items():
        for wall, depth in (("before", 4.0), ("behind", 9.0)):
            with Screen() as screen:
                _wall(view, projection, depth)
                if name != "surfels":
                    drawing.picture(preview, request, projection, plain)
                else:
                    drawing.surfels(preview, request, view, projection, SIZE[1], plain)
                seen = screen.read()
            found[f"{name} {wall}"] = {
                "on the wall": seen[50:70, 60:78].mean(axis=(0, 1)).tolist(),
                "beside the wall": seen[50:70, 82:100].mean(axis=(0, 1)).tolist(),
                "empty": seen[5:15, 140:155].mean(axis=(0, 1)).tolist(),
                "covered": int((seen[:, 80:, 3] > 0.5).sum()),
            }
    upper = dataclasses.replace(request, crop=((-9.0, -9.0, EYE[2]), (9.0, 9.0, 9.0)))
    with Screen() as screen:
        drawing.surfels(previews["surfels"], upper, view, projection, SIZE[1], plain)
        found["covered above"] = int((screen.read()[:, 80:, 3] > 0.5).sum())
    found["distance"] = drawing.distance(previews["surfels"], previews["picture"], request, view, projection)
    drawing.forget()
    found["budgets"] = _budgets(request.camera)
    found["cut to"] = {
        "an object": _cut_freely(request, opaque=False),
        "a room": _cut_freely(request, opaque=True),
        "a room with a crop": _cut_freely(dataclasses.replace(request, crop=((0.0,) * 3, (0.5,) * 3)), opaque=True),
    }
    return found


def _timely(request: Any) -> Any:
    """The same picture in 0.2 s, finest around the ball's edge."""
    budgets = importlib.import_module(f"{HOST.rpartition('.')[0]}.bake.contract.picture_budget")
    return dataclasses.replace(request, budget=budgets.Budget(0.2, budgets.Fovea(0.5, 0.4)))


class _Region:
    """As much of a viewport's region as is asked for where there is no window."""

    width, height = SIZE

    def as_pointer(self) -> int:
        return 7


def _budgets(camera: Any) -> dict[str, Any]:
    """What the field's settings make of a viewport's pictures: the budget, or where its fovea is."""
    gaze = importlib.import_module(f"{HOST}.viewport.gaze")
    settings, scene = bpy.context.object.spacetimepilot, bpy.context.scene

    def asked() -> Any:
        return gaze.budget_of(settings, _Region(), camera, bpy.context.evaluated_depsgraph_get())

    def looked_at(kind: str) -> Any:
        settings.foveation = kind
        fovea = asked().fovea
        return [fovea.x, fovea.y]

    found: dict[str, Any] = {"off": asked()}
    settings.use_frame_budget, settings.frame_budget = True, 250.0
    found["on"] = asked().to_json()
    found["view"] = looked_at("view")
    gaze.note_mouse(_Region(), 0.25 * SIZE[0], 0.25 * SIZE[1])
    found["mouse"] = looked_at("mouse")
    found["nothing to look at"] = looked_at("object")
    target = bpy.data.objects.new("Target", None)
    scene.collection.objects.link(target)
    target.location = (1.0, 0.0, 2.0)
    seen_by = bpy.data.objects.new("Focused", bpy.data.cameras.new("Focused"))
    scene.camera, seen_by.data.dof.focus_object = seen_by, target
    found["focus"] = looked_at("object")
    scene.camera, settings.foveation_object = None, target
    found["object"] = looked_at("object")
    settings.use_frame_budget = False
    return found


def _cut_freely(request: Any, opaque: bool) -> Any:
    settings = bpy.context.object.spacetimepilot
    settings.opaque = opaque
    return importlib.import_module(f"{HOST}.viewport.looking").as_seen_freely(request, settings).crop


def _request(folder: str, field: str) -> Any:
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/shot.blend")
    bpy.ops.spacetimepilot.add_field(filepath=field)
    camera = importlib.import_module(f"{HOST.rpartition('.')[0]}.bake.contract.camera")
    messages = importlib.import_module(f"{HOST.rpartition('.')[0]}.bake.contract.messages")
    asking = importlib.import_module(f"{HOST}.field.field_request")
    seen = camera.from_viewport(np.array(_projection()), np.array(_view()), *SIZE)
    thing = bpy.context.object.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return messages.PictureRequest(**vars(asking.plate_request(thing, 3.0, seen)))


def fetch(fetcher: Any, request: Any) -> Any:
    """The preview that the worker makes of a request."""
    fetcher.fetch(request)
    until = time.monotonic() + 120
    while time.monotonic() < until:
        for fetched in fetcher.finished():
            assert fetched.preview is not None, fetched.failure
            return fetched.preview
        time.sleep(0.02)
    raise AssertionError("the worker has made no preview")


def open_gpu() -> None:
    """Outside a window there is no GPU context until somebody has drawn something."""
    if hasattr(gpu, "init"):
        gpu.init()
        return
    render = bpy.context.scene.render
    render.engine, render.resolution_x, render.resolution_y = "BLENDER_WORKBENCH", 8, 8
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    bpy.context.scene.collection.objects.link(camera)
    bpy.context.scene.camera = camera
    bpy.ops.render.render()


class Screen:
    """A picture on the GPU to draw into, empty at first."""

    def __init__(self, size: tuple[int, int] = SIZE) -> None:
        self._size = size

    def __enter__(self) -> Screen:
        self._screen = gpu.types.GPUOffScreen(*self._size, format="RGBA32F")
        self._bound = self._screen.bind()
        self._bound.__enter__()
        gpu.state.active_framebuffer_get().clear(color=(0.0, 0.0, 0.0, 0.0), depth=1.0)
        return self

    def __exit__(self, *told: object) -> None:
        self._bound.__exit__(*told)
        self._screen.free()

    def read(self) -> np.ndarray:
        """(H, W, 4), row 0 on top."""
        width, height = self._size
        pixels = gpu.state.active_framebuffer_get().read_color(0, 0, width, height, 4, 0, "FLOAT")
        pixels.dimensions = width * height * 4
        return np.array(pixels, dtype=np.float32).reshape(height, width, 4)[::-1]


def _wall(view: Matrix, projection: Matrix, distance: float) -> None:
    """A green native surface over the left half, so far from the eye."""
    y = EYE[1] + distance
    corners = [(-50, y, -50), (0, y, -50), (0, y, 50), (-50, y, -50), (0, y, 50), (-50, y, 50)]
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    gpu.state.depth_test_set("LESS_EQUAL")
    gpu.state.depth_mask_set(True)
    with gpu.matrix.push_pop(), gpu.matrix.push_pop_projection():
        gpu.matrix.load_matrix(view)
        gpu.matrix.load_projection_matrix(projection)
        shader.bind()
        shader.uniform_float("color", (0.0, 1.0, 0.0, 1.0))
        batch_for_shader(shader, "TRIS", {"pos": corners}).draw(shader)


def _view() -> Matrix:
    """From EYE along +Y, Z up."""
    pose = Matrix(((1, 0, 0, EYE[0]), (0, 0, -1, EYE[1]), (0, 1, 0, EYE[2]), (0, 0, 0, 1)))
    return pose.inverted()


def _projection() -> Matrix:
    deep, both = FAR - NEAR, FAR + NEAR
    return Matrix(
        (
            (2.4, 0, 0, 0),
            (0, 2.4 * SIZE[0] / SIZE[1], 0, 0),
            (0, 0, -both / deep, -2 * FAR * NEAR / deep),
            (0, 0, -1, 0),
        )
    )
