"""How far away a field is along a ray: what the worker sees through one pixel."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Vector

from ..bake.contract.camera import Camera
from ..bake.contract.errors import UserError
from ..bake.contract.plate import BEAUTY_LAYER, DEPTH_CHANNEL
from ..bake.contract.plate_pixels import read_pixels
from .plates import ensure_plate, plate_request

_FOCAL = 1000.0
"""Pixels: the wider, the thinner is the one pixel that is looked through."""
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
        request = plate_request(evaluated, scene.frame_current_final, self._camera())
        self._path = Path(bpy.app.tempdir) / f"spacetimepilot_pixel_{uuid.uuid4().hex}.exr"
        self._request = replace(request, path=str(self._path))
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
        try:
            pixels = read_pixels(self._path)
        finally:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
        if pixels[f"{BEAUTY_LAYER}.A"][0, 0] < _SOLID:
            raise UserError("The field shows nothing there.", "Choose a place where there is something.")
        found: Any = self._origin + self._direction * float(pixels[DEPTH_CHANNEL][0, 0])
        return tuple(found)

    def _work(self) -> None:
        try:
            ensure_plate(self._request)
        except UserError as error:
            self._failure = error

    def _camera(self) -> Camera:
        """One pixel wide, looking along the ray."""
        pose = np.eye(4)
        pose[:3, :3] = np.array(self._direction.to_track_quat("-Z", "Y").to_matrix())
        pose[:3, 3] = self._origin[:]
        return Camera(1, 1, _FOCAL, _FOCAL, 0.5, 0.5, tuple(float(value) for value in pose.ravel()))
