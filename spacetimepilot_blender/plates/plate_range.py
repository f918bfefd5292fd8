"""The plates of many frames at once."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

import bpy

from ...bake.contract.errors import UserError
from .frame_plates import frame_plates
from .plates import ensure_plate, forget_native


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
        found = frame_plates(scene, layer, frames)
        for error in found.faults.values():
            raise error
        self._requests = list({one.path: one for row in found.requests.values() for one in row.values()}.values())
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
        for number, request in enumerate(self._requests):
            if self._stopped:
                return
            ensure_plate(request)
            forget_native(request, self._requests[number + 1 :])
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
