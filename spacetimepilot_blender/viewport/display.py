"""From scene-linear Rec.709 to what a viewport shows: the scene's view transform as a table for the GPU."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache

import bpy
import gpu
import numpy as np

from ...bake.contract.colour_spaces import LINEAR_REC709
from ..colour_spaces import configuration, open_color_io

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


def forget_displays() -> None:
    """Give the tables on the GPU back; they are made again when they are needed."""
    _shown.cache_clear()


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
    ocio = open_color_io()
    config = ocio.Config.CreateFromFile(configuration())
    stops = np.linspace(_FIRST_STOP, _LAST_STOP, _SIZE, dtype=np.float32)
    blue, green, red = np.meshgrid(stops, stops, stops, indexing="ij")
    colours = np.exp2(np.stack([red, green, blue], axis=-1)).reshape(-1, 3) * np.float32(2**transform.exposure)
    colours = np.ascontiguousarray(colours, dtype=np.float32)
    # Previews are scene-linear Rec.709, whatever the working space is; without such a name they pass for the latter.
    source = next((name for name in LINEAR_REC709 if config.getColorSpace(name) is not None), ocio.ROLE_SCENE_LINEAR)
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
