"""From scene-linear colour to what a viewport shows: the scene's view transform as a table for the GPU."""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import bpy
import gpu
import numpy as np

_SIZE = 33
_FIRST_STOP, _LAST_STOP = -12.0, 6.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Transform:
    """What decides how scene-linear colour is shown; names as Blender's colour management has them."""

    display: str
    view: str
    look: str
    exposure: float
    gamma: float


@dataclass
class Display:
    """How to show scene-linear colour.

    table : (size, size, size, 4) float32 or None
        Display colour by the binary logarithm of scene-linear blue, green and red, evenly from `first_stop` to
        `last_stop`. None: plain sRGB.
    encodes : bool
        Whether what is drawn into encodes as sRGB by itself, as a viewport's overlay does.
    """

    table: np.ndarray | None
    encodes: bool = False
    first_stop: float = _FIRST_STOP
    last_stop: float = _LAST_STOP
    _texture: gpu.types.GPUTexture | None = None

    @property
    def size(self) -> int:
        """Entries along an edge of the table."""
        return 1 if self.table is None else len(self.table)

    def texture(self) -> gpu.types.GPUTexture:
        """The table on the GPU; something small where there is none."""
        if self._texture is None:
            values = np.zeros((1, 1, 1, 4), np.float32) if self.table is None else self.table
            size = values.shape[:3]
            data = gpu.types.Buffer("FLOAT", values.size, np.ascontiguousarray(values).ravel())
            self._texture = gpu.types.GPUTexture(size, format="RGBA16F", data=data)
        return self._texture


def display_of(scene: bpy.types.Scene, shading: bpy.types.View3DShading) -> Display:
    """How a viewport shows scene-linear colour; Blender leaves the scene's view transform out of solid shading."""
    if shading.type in ("SOLID", "WIREFRAME"):
        return _shown(None)
    view = scene.view_settings
    return _shown(
        Transform(scene.display_settings.display_device, view.view_transform, view.look, view.exposure, view.gamma)
    )


@lru_cache(maxsize=8)
def _shown(transform: Transform | None) -> Display:
    if transform is None:
        return Display(None, encodes=True)
    try:
        return Display(_table(transform), encodes=True)
    except Exception as error:
        # Some builds of Blender come without OpenColorIO's Python module, and a studio's configuration may lack a name.
        _log.info("the view transform cannot be shown, sRGB stands in: %r", error)
        return Display(None, encodes=True)


def _table(transform: Transform) -> np.ndarray:
    """Raises whatever OpenColorIO raises, ImportError where it is not there."""
    ocio = _ocio()
    config = ocio.Config.CreateFromFile(str(_configuration()))
    stops = np.linspace(_FIRST_STOP, _LAST_STOP, _SIZE, dtype=np.float32)
    blue, green, red = np.meshgrid(stops, stops, stops, indexing="ij")
    colours = np.exp2(np.stack([red, green, blue], axis=-1)).reshape(-1, 3) * np.float32(2**transform.exposure)
    colours = np.ascontiguousarray(colours, dtype=np.float32)
    source = config.getRoleColorSpace(ocio.ROLE_SCENE_LINEAR) or ocio.ROLE_SCENE_LINEAR
    pipeline = ocio.LegacyViewingPipeline()
    pipeline.setDisplayViewTransform(
        ocio.DisplayViewTransform(src=source, display=transform.display, view=transform.view)
    )
    if transform.look not in ("", "None", "NONE"):
        pipeline.setLooksOverrideEnabled(True)
        pipeline.setLooksOverride(transform.look)
    pipeline.getProcessor(config, config.getCurrentContext()).getDefaultCPUProcessor().applyRGB(colours)
    colours = np.clip(colours, 0, 1) ** (1 / max(transform.gamma, 1e-3))
    table = np.ones((len(colours), 4), np.float32)
    table[:, :3] = colours
    return table.reshape(_SIZE, _SIZE, _SIZE, 4)


def _ocio() -> ModuleType:
    try:
        import PyOpenColorIO
    except ImportError:
        bundled = Path(bpy.utils.resource_path("LOCAL")) / "python/lib"
        found = next(bundled.glob("python*/site-packages/PyOpenColorIO"), None)
        if found is None:
            raise
        sys.path.append(str(found.parent))
        import PyOpenColorIO
    return PyOpenColorIO


def _configuration() -> Path:
    named = os.environ.get("OCIO")
    return Path(named) if named else Path(bpy.utils.system_resource("DATAFILES")) / "colormanagement/config.ocio"
