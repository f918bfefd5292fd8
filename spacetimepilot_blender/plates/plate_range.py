"""The plates of many frames at once."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

import bpy

from ...bake.contract.errors import UserError
from ...bake.contract.messages import PlateRequest
from ..field.field_object import refresh_fields
from .compositing import linked_fields
from .plates import ensure_plate, forget_native, is_exact, needed_plates
from .render_walk import walk


class PlateRange:
    """Plates that a stretch of the timeline needs: collected in the main thread, made in any.

    Parameters
    ----------
    frames : iterable of int
        Scene frames. The scene stays at the frame it is at.

    Raises
    ------
    UserError
        If the camera or a field's settings cannot be used at one of the frames.
    """

    def __init__(self, scene: bpy.types.Scene, layer: bpy.types.ViewLayer, frames: Iterable[int]) -> None:
        self._requests = _collect(scene, layer, frames)
        self.total = len(self._requests)
        self.made = 0
        self.failure: UserError | None = None
        self._stopped = False
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether the thread that `start` began still works."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Make them in a thread; `made`, `running` and `failure` tell how it goes."""
        self._thread = threading.Thread(target=self._work, name="spacetimepilot plates", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop after the plate that is being made."""
        self._stopped = True

    def make_all(self) -> Iterator[int]:
        """Make them one after the other, telling how many there are.

        Raises
        ------
        UserError
            If one cannot be made.
        """
        last = {request.native.file: number for number, request in enumerate(self._requests) if request.native}
        for number, request in enumerate(self._requests):
            if self._stopped:
                return
            ensure_plate(request)
            if request.native and last[request.native.file] == number:
                forget_native(request)
            self.made += 1
            yield self.made

    def _work(self) -> None:
        try:
            for _ in self.make_all():
                pass
        except UserError as error:
            self.failure = error


def frames_of(scene: bpy.types.Scene, first: int, last: int) -> range:
    """Scene frames from the first to the last, as they are rendered; -1 stands for the scene's own.

    Raises
    ------
    UserError
        If there are none.
    """
    first = scene.frame_start if first < 0 else first
    last = scene.frame_end if last < 0 else last
    if last < first:
        raise UserError(f"The last frame, {last}, lies before the first, {first}.")
    return range(first, last + 1, scene.frame_step)


def _collect(scene: bpy.types.Scene, layer: bpy.types.ViewLayer, frames: Iterable[int]) -> list[PlateRequest]:
    things = linked_fields(scene)
    requests: dict[str, PlateRequest] = {}

    def add(depsgraph: bpy.types.Depsgraph, engine: str) -> None:
        for request in needed_plates(scene, depsgraph, things, engine).values():
            requests[request.path] = request

    refresh_fields(scene)
    if any(is_exact(thing) for thing in things):
        walk(scene, layer, frames, add)
        return list(requests.values())
    frame, subframe = scene.frame_current, scene.frame_subframe
    try:
        for number in frames:
            scene.frame_set(number)
            add(layer.depsgraph, scene.render.engine)
    finally:
        scene.frame_set(frame, subframe=subframe)
    return list(requests.values())
