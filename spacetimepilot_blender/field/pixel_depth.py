"""How far away a field is along a ray: what the worker sees through one pixel."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import bpy
import numpy as np
from mathutils import Vector

from ...bake.contract.camera import Camera
from ...bake.contract.errors import Cancelled, UserError
from ...bake.contract.messages import PictureRequest
from ...bake.contract.preview_file import PreviewPicture
from ..worker.worker_client import worker
from .field_request import plate_request

_FOCAL = 1000.0
"""Pixels: the wider, the thinner is the one pixel that is looked through."""
_TRIES = 5
"""How often to ask again where a viewport has wanted something else meanwhile."""
_SOLID = 0.5
"""Alpha from which on there is something to put a point on."""


class PixelDepth:
    """Where a ray meets a field at the scene's frame: asked in the main thread, answered in any.

    Parameters
    ----------
    origin, direction : 3 floats each
        The ray, scene space; what lies behind its origin is not seen.

    Raises
    ------
    UserError
        If the field's settings cannot be used.
    """

    def __init__(
        self, scene: bpy.types.Scene, field: bpy.types.Object, origin: Sequence[float], direction: Sequence[float]
    ) -> None:
        self._origin, self._direction = Vector(origin), Vector(direction).normalized()
        field.update_tag()  # Settings that a script has just changed are not evaluated yet.
        evaluated = field.evaluated_get(bpy.context.evaluated_depsgraph_get())
        asked = plate_request(evaluated, scene.frame_current_final, self._camera())
        self._request = PictureRequest(**vars(asked))
        self._picture: PreviewPicture | None = None
        self._failure: UserError | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Ask in a thread; `done` tells when `place` has the answer."""
        self._thread = threading.Thread(target=self._work, name="spacetimepilot pixel", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether there is an answer."""
        return self._thread is not None and not self._thread.is_alive()

    def place(self) -> tuple[float, ...]:
        """The place in the scene; waits for it.

        Raises
        ------
        UserError
            If there is nothing to see there, or the worker cannot tell.
        """
        if self._thread is None:
            self._work()
        else:
            self._thread.join()
        if self._failure is not None:
            raise self._failure
        assert self._picture is not None
        if self._picture.rgba[0, 0, 3] < _SOLID:
            raise UserError("The field shows nothing there.", "Choose a place where there is something.")
        found: Any = self._origin + self._direction * float(self._picture.depth[0, 0])
        return tuple(found)

    def _work(self) -> None:
        try:
            for _ in range(_TRIES):
                self._picture = self._picture or self._seen()
            if self._picture is None:
                raise UserError("The worker was busy with other things.", "Click there again.")
        except UserError as error:
            self._failure = error

    def _seen(self) -> PreviewPicture | None:
        """What the worker sees; None where a viewport has wanted something else meanwhile."""
        try:
            seen = worker().make_preview(self._request, lambda: False)
        except Cancelled:
            return None
        assert isinstance(seen, PreviewPicture)
        return seen

    def _camera(self) -> Camera:
        """One pixel wide, looking along the ray."""
        pose = np.eye(4)
        pose[:3, :3] = np.array(self._direction.to_track_quat("-Z", "Y").to_matrix())
        pose[:3, 3] = self._origin[:]
        return Camera(1, 1, _FOCAL, _FOCAL, 0.5, 0.5, tuple(float(value) for value in pose.ravel()))
