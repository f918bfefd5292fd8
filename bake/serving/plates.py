"""Plates, with what they carry beside colour and depth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..contract.instant import Instant
from ..contract.messages import PlateRequest
from ..contract.plate_layers import PlateLayers, deep_file
from ..contract.plate_receipt import make_receipt, plate_metadata
from .rendering import following, wanted
from .task import Task

if TYPE_CHECKING:
    from ..render.exact import Split
    from ..render.frame import RenderedFrame
    from ..render.layers import Layers


def make_plate(task: Task[PlateRequest]) -> None:
    """A plate, as OpenEXR; its deep picture before it, so that whoever finds the plate finds both."""
    from ..render.blurring import is_blurred
    from ..render.fading import faded, faded_split
    from ..render.frame import render_frame
    from ..render.plate_file import write_plate

    request, as_asked = task.request, wanted(task)
    frame, split = _seen(task, as_asked)
    frame, split = faded(frame, request.fade), None if split is None else faded_split(split, request.fade)
    task.demand_wanted()
    metadata = plate_metadata(task.header, request.camera, request.shot_frame)
    metadata |= make_receipt(request, task.header, task.made_with())
    layers = None
    if request.layers is not None:
        sharp = frame
        if is_blurred(request):
            sharp = faded(render_frame(task.field, request.camera, request.shot_frame, **as_asked), request.fade)
        layers = _layers(task, request.layers, sharp)
        if request.layers.deep:
            _make_deep(task, sharp, metadata)
    write_plate(task.path, frame.rgba, frame.depth, metadata, split, layers)


def _seen(task: Task[PlateRequest], as_asked: dict[str, Any]) -> tuple[RenderedFrame, Split | None]:
    """The picture and, of an exact plate, what of it lies before and behind native surfaces."""
    from ..render.blurring import is_blurred, render_blurred
    from ..render.frame import render_frame

    request, field = task.request, task.field
    if request.native is None:
        if is_blurred(request):
            return render_blurred(field, request, **following(as_asked)), None
        return render_frame(field, request.camera, request.shot_frame, **as_asked), None

    from ..render.exact import Native, render_exact
    from ..render.exact_blurring import render_exact_blurred

    scene = task.loaded.scenes.get(Path(request.native.file), request.native.content)
    native = Native(scene, request.native.pixel_filter, request.native.world)
    if is_blurred(request):
        return render_exact_blurred(field, request, native, **following(as_asked))
    return render_exact(field, request.camera, request.shot_frame, native, **as_asked)


def _layers(task: Task[PlateRequest], layers: PlateLayers, frame: RenderedFrame) -> Layers:
    from ..render.layers import footage_of, make_layers

    footage = footage_of(Path(task.request.field_file), layers)
    return make_layers(
        task.field, task.header, _instant(task.request), layers, frame.rgba, frame.depth, footage, task.should_stop
    )


def _make_deep(task: Task[PlateRequest], frame: RenderedFrame, metadata: dict[str, str]) -> None:
    from ..render.deep import render_deep, write_deep
    from ..render.fading import faded_deep

    request = task.request
    whole = frame.rgba / np.float32(request.fade)
    deep = render_deep(
        task.field,
        _instant(request),
        whole,
        quality=request.quality,
        crop=request.crop,
        should_stop=task.should_stop,
    )
    write_deep(deep_file(task.path), faded_deep(deep, request.fade), metadata)


def _instant(request: PlateRequest) -> Instant:
    return Instant(request.camera, request.field_to_scene, request.shot_frame)
