"""What happens while Blender renders: each frame's plates are made and shown before that frame is composited.

Plates are fetched in `frame_change_post`, because only there the camera is evaluated for the frame. Blender swallows
what handlers raise; a render without its plate must not pass for a good one, so headless the process ends.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import bpy
from bpy.app.handlers import persistent

from ...bake.contract.errors import UserError
from ...bake.contract.shutter import Shutter
from ..colour_spaces import tell_plate_space
from ..light.checking import demand_light
from ..paths import relative
from ..volumes.volume_check import demand_volumes
from ..worker.worker_client import stop_worker
from .compositing import group_nodes, linked_fields, linked_layer, plate_image
from .open_shutter import open_shutters
from .plates import ensure_plate, forget_native, is_exact, needed_plates
from .render_walk import walking
from .standing_plates import empty_plate, failed_plate

_rendering: tuple[str, float] | None = None
"""Scene and frame that is being rendered; other frames are passed through for motion blur."""
_opened: dict[bpy.types.Object, Shutter] | Exception = {}
"""What the shutter sees of the frame that is being rendered, by field, or why that cannot be said."""
_failure: str | None = None


@persistent
def _before_frame(scene: bpy.types.Scene, *_: object) -> None:
    global _rendering, _opened
    if walking():
        return
    _rendering = (scene.name, scene.frame_current_final)
    try:
        _opened = _shutters(scene)
    except Exception as error:
        # Said where the frame's plates are asked for; Blender would swallow it here.
        _opened = error


@persistent
def _on_frame(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph | None = None) -> None:
    if depsgraph is None or depsgraph.mode != "RENDER" or walking() or _passing_through(scene):
        return
    lacks = "native light"
    try:
        demand_light(scene, depsgraph)
        lacks = "plate"
        show_plates(scene, depsgraph)
        lacks = "volume"
        demand_volumes(scene, depsgraph)
    except UserError as error:
        _give_up(scene, lacks, str(error))
    except Exception as error:
        _give_up(scene, lacks, f"Something unforeseen went wrong with it: {error!r}. Please report it.")


@persistent
def _after_job(*_: object) -> None:
    global _rendering, _opened
    _rendering, _opened = None, {}


@persistent
def _after_load(*_: object) -> None:
    """Let image nodes find a sound file: 4.5 composites black for a frame after their file was missing."""
    for scene in bpy.data.scenes:
        for thing in linked_fields(scene):
            image = plate_image(scene, thing)
            if image is not None and not Path(bpy.path.abspath(image.filepath)).is_file():
                _show(image, empty_plate(thing))


def show_plates(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    """Let the scene's compositing read the plates of the frame that `depsgraph` is evaluated for.

    Raises
    ------
    UserError
        If one cannot be made.
    """
    if isinstance(_opened, Exception):
        raise _opened
    needed = needed_plates(scene, depsgraph, shutters=_opened)
    for thing in linked_fields(scene):
        if is_exact(thing) and linked_layer(scene, thing) != depsgraph.view_layer.name:
            continue
        plate = ensure_plate(needed[thing]) if thing in needed else empty_plate(thing)
        image = plate_image(scene, thing)
        if image is not None:
            _show(image, plate)
    for request in needed.values():
        forget_native(request)


def _shutters(scene: bpy.types.Scene) -> dict[bpy.types.Object, Shutter]:
    """Evaluated before the render is: afterwards Blender is in the midst of it."""
    things = linked_fields(scene)
    names = [linked_layer(scene, thing) for thing in things]
    layer = next((layer for layer in scene.view_layers if layer.name in names), scene.view_layers[0])
    return open_shutters(scene, layer, things)


def _passing_through(scene: bpy.types.Scene) -> bool:
    """Whether Blender only looks at this instant for the sake of motion blur."""
    return _rendering is not None and _rendering != (scene.name, scene.frame_current_final)


def _show(image: bpy.types.Image, plate: Path) -> None:
    path = relative(plate)
    if image.filepath != path:
        image.filepath = path
    tell_plate_space(image)
    image.reload()


def _give_up(scene: bpy.types.Scene, lacks: str, sentence: str) -> None:
    sentence = f"Frame {scene.frame_current} of {scene.name} has no {lacks}. {sentence}"
    print(f"SpaceTimePilot: {sentence}", file=sys.stderr, flush=True)
    if bpy.app.background:
        sys.stdout.flush()
        stop_worker()
        os._exit(1)
    for node in group_nodes(scene):
        link = node.node_tree.spacetimepilot
        _show(link.image, failed_plate(link.field))
    _tell_later(sentence)


def _tell_later(sentence: str) -> None:
    """Tell the artist from the main thread; renders call their handlers in another one."""
    global _failure
    first = _failure is None
    _failure = sentence
    if first:
        bpy.app.timers.register(_tell, first_interval=0.1)


def _tell() -> None:
    global _failure
    sentence, _failure = _failure or "", None
    manager = bpy.context.window_manager
    manager.spacetimepilot.render_failure = sentence

    def draw(menu: bpy.types.Menu, _: bpy.types.Context) -> None:
        menu.layout.label(text=sentence)

    if manager.windows:
        with bpy.context.temp_override(window=manager.windows[0]):
            manager.popup_menu(draw, title="This render is not right", icon="ERROR")


_HANDLERS: tuple[tuple[str, Callable[..., None]], ...] = (
    ("render_pre", _before_frame),
    ("frame_change_post", _on_frame),
    ("render_complete", _after_job),
    ("render_cancel", _after_job),
    ("load_post", _after_load),
)


def register() -> None:
    """Hook into rendering."""
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)
    # A handler left in place when the process ends deadlocks Blender 4.5.
    atexit.register(_unhook)


def unregister() -> None:
    """Undo `register`."""
    atexit.unregister(_unhook)
    _unhook()
    with suppress(ValueError):
        bpy.app.timers.unregister(_tell)


def _unhook() -> None:
    for name, handler in _HANDLERS:
        handlers = getattr(bpy.app.handlers, name)
        if handler in handlers:
            handlers.remove(handler)
