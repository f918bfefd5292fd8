"""`serve`: the worker that stays warm beside Blender and makes plates and previews on request."""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..contract.errors import Cancelled, ExitCode, UserError
from ..contract.field_file import FieldHeader, FootageCameras, read_cameras, read_header
from ..contract.instant import Instant
from ..contract.mesh_file import mesh_receipt
from ..contract.messages import (
    PROTOCOL,
    CancelRequest,
    Done,
    EnvironmentRequest,
    Failed,
    Hello,
    MeshRequest,
    Message,
    PictureRequest,
    PlateRequest,
    Progress,
    Request,
    StandInRequest,
    Stopped,
    SurfelsRequest,
    VolumeRequest,
    decode,
)
from ..contract.plate_layers import deep_file
from ..contract.plate_receipt import make_receipt
from .arguments import add_device, mebibytes
from .console import Console
from .render import plate_metadata
from .requests import Requests

if TYPE_CHECKING:
    from ..render.controllers import Controllers
    from ..render.exact import Split
    from ..render.frame import RenderedFrame
    from ..render.layers import Layers
    from ..render.native_scene import NativeScenes

FIELD_MEMORY = 128
"""Mebibytes of what grows with its shot that a field holds: some minutes of it."""
_FIELDS_KEPT = 3
_LOOK_UP_SECONDS = 0.05
"""How soon a preview notices that it was overtaken."""
_PROGRESS_STEP = 0.05
_PROGRESS_SECONDS = 0.5
_DESCRIPTION = """\
What the Blender extension talks to: one JSON message a line on standard input and output (see bake/contract/messages).
The newest request is answered first; a request replaces waiting ones of its channel. Ends when its input ends.
"""

_NAMES: dict[type, str] = {
    PlateRequest: "plate",
    VolumeRequest: "volume",
    EnvironmentRequest: "picture of the surroundings",
    MeshRequest: "mesh",
    StandInRequest: "stand-in",
}

_log = logging.getLogger(__name__)


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = commands.add_parser(
        "serve",
        help="what the Blender extension talks to",
        description=_DESCRIPTION,
        epilog="example: python -m bake serve --device auto",
    )
    parser.add_argument(
        "--scratch", type=Path, metavar="DIR", help="folder of previews that nobody needs any more when the input ends"
    )
    parser.add_argument(
        "--field-memory",
        type=mebibytes,
        default=FIELD_MEMORY,
        metavar="MIB",
        help="what each field may hold of what grows with its shot, in mebibytes, from 16 on (default: %(default)s)",
    )
    add_device(parser)
    return parser


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Answer requests until the input ends."""
    console.as_json = True
    device = _device(arguments.device)
    console.message(Hello(PROTOCOL, device, _versions()))
    requests = Requests(console.message)
    threading.Thread(target=_listen, args=(requests, console, arguments.scratch), name="requests", daemon=True).start()
    loaded = Loaded(arguments.device, arguments.field_memory)
    while True:
        request = requests.take()
        console.message(_answer(request, loaded, requests, console))


def _device(wanted: str) -> str:
    """What will compute, as people call it.

    Raises
    ------
    UserError
        If a GPU is asked for that torch cannot use.
    """
    import torch

    usable = torch.cuda.is_available()
    if wanted == "cuda" and not usable:
        raise UserError("torch cannot use a GPU here.", "Choose --device cpu, or run doctor to see why.")
    return torch.cuda.get_device_name() if usable and wanted != "cpu" else "CPU"


def _versions() -> dict[str, str]:
    versions = {"python": ".".join(map(str, sys.version_info[:3]))}
    for package in ("torch", "numba", "numpy", "OpenEXR"):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _listen(requests: Requests, console: Console, scratch: Path | None) -> None:
    """Read requests until the input ends, and then end the process, whatever it is doing: Blender is gone."""
    try:
        for line in sys.stdin.buffer:
            if line.strip():
                _receive(line.decode("utf-8", errors="replace"), requests, console)
    except (OSError, ValueError):
        _log.info("the input broke off")
    finally:
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)
        os._exit(ExitCode.DONE)


def _receive(line: str, requests: Requests, console: Console) -> None:
    try:
        message = decode(line)
    except ValueError as error:
        _log.info("%s", error)
        console.message(
            Failed(
                f"The worker got a message that it does not understand (it speaks protocol {PROTOCOL}).",
                "Extension and worker are of different versions; update the older one.",
                id=_id_of(line),
            )
        )
        return
    if isinstance(message, Request):
        requests.add(message)
    elif isinstance(message, CancelRequest):
        requests.cancel(message)
    else:
        console.message(Failed(f"The worker answers no messages of type {message.type}.", id=_id_of(line)))


def _id_of(line: str) -> int:
    import json

    try:
        number = json.loads(line)["id"]
    except (ValueError, KeyError, TypeError):
        return 0
    return number if isinstance(number, int) else 0


def _answer(request: Request, loaded: Loaded, requests: Requests, console: Console) -> Message:
    """Do what a request asks for; nothing that goes wrong leaves this function as an exception."""
    what = _NAMES.get(type(request), "preview")
    smaller = "Make it of fewer voxels." if isinstance(request, VolumeRequest | MeshRequest) else "Render it smaller."
    try:
        make(request, loaded, requests, console)
        return Done(request.path, id=request.id)
    except Cancelled:
        return Stopped("Cancelled.", id=request.id)
    except UserError as error:
        return Failed(error.sentence, error.hint, id=request.id)
    except MemoryError:
        return Failed(f"There is not enough memory for this {what}.", smaller, id=request.id)
    except Exception as error:
        _log.exception("%s %s", what, request.id)
        if type(error).__name__ == "OutOfMemoryError":
            return Failed(f"The GPU has not enough memory for this {what}.", smaller, id=request.id)
        return Failed(f"The {what} could not be made: {error!r}.", "The worker's log holds the details.", id=request.id)


def make(request: Request, loaded: Loaded, requests: Requests, console: Console) -> None:
    """Make what a request asks for, at its path.

    Raises
    ------
    UserError
        If it cannot be made.
    Cancelled
        If `requests` says so.
    """
    header, field = loaded.fields.get(Path(request.field_file), request.content_hash)
    if isinstance(request, SurfelsRequest):
        _make_surfels(request, field, requests)
    elif isinstance(request, VolumeRequest):
        _make_volume(request, field, requests, console)
    elif isinstance(request, StandInRequest):
        _make_stand_in(request, field, requests)
    elif isinstance(request, MeshRequest):
        _make_mesh(request, field, requests)
    elif isinstance(request, EnvironmentRequest):
        _make_environment(request, header, field, requests, console)
    elif isinstance(request, PictureRequest):
        _make_picture(request, header, field, loaded, requests, console)
    else:
        _make_plate(request, header, field, loaded, requests, console)


def _make_surfels(request: SurfelsRequest, field: Any, requests: Requests) -> None:
    from ..contract.preview_file import write_surfels
    from ..render.frame import filmed_stops
    from ..render.surfels import distil

    stops = None if request.exposure_of is None else filmed_stops(field, request.exposure_of)
    surfels = distil(field, request.shot_frame, request.fineness, stops, requests.running_cancelled)
    write_surfels(Path(request.path), surfels)


def _make_volume(request: VolumeRequest, field: Any, requests: Requests, console: Console) -> None:
    from ..contract.volume_file import write_blocks
    from ..render.voxels import around, voxelise

    try:
        views = read_cameras(Path(request.field_file)).matrices[:, :3, 3]
    except UserError:  # Nobody filmed it: a field made by hand.
        views = around(field)
    progress = _progress(request, "volume", console)
    blocks = voxelise(field, request, views, requests.running_cancelled, progress)
    _demand_wanted(requests)
    write_blocks(Path(request.path), blocks)


def _make_mesh(request: MeshRequest, field: Any, requests: Requests) -> None:
    from ..render.mesh_file import write_mesh
    from ..render.surface import surface_mesh

    cameras, stop = _cameras(request), requests.running_cancelled
    mesh = surface_mesh(field, request.shot_frame, request.detail, request.crop, cameras, stop)
    _demand_wanted(requests)
    write_mesh(Path(request.path), mesh, mesh_receipt(request))


def _make_stand_in(request: StandInRequest, field: Any, requests: Requests) -> None:
    from ..render.mesh_file import write_stand_in
    from ..render.stand_in import stand_in_mesh

    mesh = stand_in_mesh(field, request, _cameras(request), requests.running_cancelled)
    _demand_wanted(requests)
    write_stand_in(Path(request.path), mesh, mesh_receipt(request))


def _cameras(request: MeshRequest) -> FootageCameras | None:
    """Of the footage; None of a field made by hand."""
    try:
        return read_cameras(Path(request.field_file))
    except UserError:
        return None


def _make_environment(
    request: EnvironmentRequest, header: FieldHeader, field: Any, requests: Requests, console: Console
) -> None:
    from ..render.environment import render_environment, write_environment

    wanted = _wanted(request, requests, console)
    rgba = render_environment(field, request.camera, request.shot_frame, **wanted)
    _demand_wanted(requests)
    made_with = {**_versions(), "device": str(field.low.device.type)}
    write_environment(Path(request.path), rgba, make_receipt(request, header, made_with))


def _make_picture(
    request: PictureRequest, header: FieldHeader, field: Any, loaded: Loaded, requests: Requests, console: Console
) -> None:
    import numpy as np

    from ..contract.preview_file import PreviewPicture, write_picture
    from ..render.frame import render_frame

    def write(frame: RenderedFrame) -> None:
        _demand_wanted(requests)
        write_picture(Path(request.path), PreviewPicture(frame.rgba.astype(np.float16), frame.depth))

    if request.budget is not None:
        loaded.controllers.render(request, header, field, requests.running_cancelled, write)
    else:
        write(render_frame(field, request.camera, request.shot_frame, **_wanted(request, requests, console)))


def _make_plate(
    request: PlateRequest, header: FieldHeader, field: Any, loaded: Loaded, requests: Requests, console: Console
) -> None:
    from ..render.blurring import is_blurred, render_blurred
    from ..render.fading import faded, faded_split
    from ..render.frame import render_frame
    from ..render.plate_file import write_plate

    frame: RenderedFrame
    split: Split | None = None
    wanted = _wanted(request, requests, console)
    if request.native is None and is_blurred(request):
        frame = render_blurred(field, request, **_following(wanted))
    elif request.native is None:
        frame = render_frame(field, request.camera, request.shot_frame, **wanted)
    else:
        from ..render.exact import Native, render_exact
        from ..render.exact_blurring import render_exact_blurred

        scene = loaded.scenes.get(Path(request.native.file), request.native.content)
        native = Native(scene, request.native.pixel_filter, request.native.world)
        if is_blurred(request):
            frame, split = render_exact_blurred(field, request, native, **_following(wanted))
        else:
            frame, split = render_exact(field, request.camera, request.shot_frame, native, **wanted)
        split = faded_split(split, request.fade)
    frame = faded(frame, request.fade)
    _demand_wanted(requests)
    metadata = plate_metadata(header, request.camera, request.shot_frame)
    metadata |= make_receipt(request, header, {**_versions(), "device": str(field.low.device.type)})
    layers = None
    if request.layers is not None:
        sharp = frame
        if is_blurred(request):
            sharp = faded(render_frame(field, request.camera, request.shot_frame, **wanted), request.fade)
        layers = _layers(request, header, field, sharp, requests)
        if request.layers.deep:
            _make_deep(request, field, sharp, metadata, requests)
    write_plate(Path(request.path), frame.rgba, frame.depth, metadata, split, layers)


def _make_deep(
    request: PlateRequest, field: Any, frame: RenderedFrame, metadata: dict[str, str], requests: Requests
) -> None:
    """Before its plate, so that whoever finds the plate finds both."""
    import numpy as np

    from ..render.deep import render_deep, write_deep
    from ..render.fading import faded_deep

    seen, stop = Instant(request.camera, request.field_to_scene, request.shot_frame), requests.running_cancelled
    whole = frame.rgba / np.float32(request.fade)
    deep = render_deep(field, seen, whole, quality=request.quality, crop=request.crop, should_stop=stop)
    write_deep(deep_file(Path(request.path)), faded_deep(deep, request.fade), metadata)


def _layers(request: PlateRequest, header: FieldHeader, field: Any, frame: RenderedFrame, requests: Requests) -> Layers:
    from ..render.layers import footage_of, make_layers

    assert request.layers is not None
    seen = Instant(request.camera, request.field_to_scene, request.shot_frame)
    footage = footage_of(Path(request.field_file), request.layers)
    stop = requests.running_cancelled
    return make_layers(field, header, seen, request.layers, frame.rgba, frame.depth, footage, stop)


def _demand_wanted(requests: Requests) -> None:
    if requests.running_cancelled():
        raise Cancelled


def _wanted(request: PlateRequest, requests: Requests, console: Console) -> dict[str, Any]:
    """What a request says, as the renderers of pictures take it."""
    import numpy as np

    from ..render.frame import ROUND_SECONDS

    return {
        "field_to_scene": np.asarray(request.field_to_scene, dtype=np.float64).reshape(4, 4),
        "quality": request.quality,
        "crop": request.crop,
        "exposure": request.exposure,
        "exposure_of": request.exposure_of,
        "should_stop": requests.running_cancelled,
        "progress": _progress(request, "plate", console),
        "round_seconds": _LOOK_UP_SECONDS if isinstance(request, PictureRequest) else ROUND_SECONDS,
    }


def _following(wanted: dict[str, Any]) -> dict[str, Any]:
    """Of `_wanted`, what does not say how the picture looks."""
    return {name: wanted[name] for name in ("should_stop", "progress", "round_seconds")}


def _progress(request: Request, phase: str, console: Console) -> Callable[[float], None]:
    """What tells how far a request is, every now and then."""
    told = told_at = 0.0

    def progress(fraction: float) -> None:
        nonlocal told, told_at
        now = time.monotonic()
        if told == 0 or fraction - told >= _PROGRESS_STEP or now - told_at >= _PROGRESS_SECONDS:
            told, told_at = fraction, now
            console.message(Progress(phase, fraction, id=request.id))

    return progress


class Loaded:
    """What is kept from one request to the next."""

    def __init__(self, device: str, field_memory: int = FIELD_MEMORY) -> None:
        self.fields = Fields(device, field_memory * 2**20)

    @cached_property
    def controllers(self) -> Controllers:
        """What is known of how long pictures take here."""
        from ..render.controllers import Controllers

        return Controllers()

    @cached_property
    def scenes(self) -> NativeScenes:
        """The native surfaces at which fields are split."""
        from ..render.native_scene import NativeScenes

        return NativeScenes()


class Fields:
    """The last few fields that were asked for, open; a file that changes is opened again.

    `room` is how many bytes of each field's codes over time are held.
    """

    def __init__(self, device: str, room: int) -> None:
        self._device, self._room = device, room
        self._loaded: OrderedDict[tuple[Path, int, int], tuple[FieldHeader, Any]] = OrderedDict()

    def get(self, path: Path, content_hash: str) -> tuple[FieldHeader, Any]:
        """Header and field of a file.

        Raises
        ------
        UserError
            If the file cannot be read, or holds another field than `content_hash` says.
        """
        from ..field.storage import open_field

        try:
            stamp = path.stat()
        except OSError:
            read_header(path)
            raise
        key = (path.resolve(), stamp.st_size, stamp.st_mtime_ns)
        if key not in self._loaded:
            header = read_header(path)
            self._check(path, header, content_hash)
            for stale in [other for other in self._loaded if other[0] == key[0]]:
                del self._loaded[stale]
            while len(self._loaded) >= _FIELDS_KEPT:
                self._loaded.popitem(last=False)
            self._loaded[key] = header, open_field(path, self._device, self._room)
        self._loaded.move_to_end(key)
        header, field = self._loaded[key]
        self._check(path, header, content_hash)
        return header, field

    @staticmethod
    def _check(path: Path, header: FieldHeader, content_hash: str) -> None:
        if header.content_hash != content_hash:
            raise UserError(
                f"{path} holds another field than the scene expects: it was baked again or replaced.",
                "Reload the field in the scene.",
            )
