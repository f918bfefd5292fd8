"""Draws previews into the viewport that is bound, hidden by native surfaces in front and hiding those behind."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TypeVar

import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader
from mathutils import Matrix, Vector

from ...bake.contract.camera import Projection
from ...bake.contract.colour import RISE, linear_to_srgb
from ...bake.contract.messages import PictureRequest
from ...bake.contract.preview_file import PreviewPicture, Surfels
from .display import Display
from .shaders import picture_shader, sky_shader, surfel_shader

_KEPT = 48
"""Previews whose copy on the GPU is kept: a second or two of playing."""
_COMPARED = 512
"""Pixels along the longer side at which surfels are compared with a picture."""
_FAR = 1e30
Made = TypeVar("Made")


class Drawing:
    """Draws previews, and keeps what the GPU needs of those drawn last. Only where a GPU context is active."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[int, str], tuple[object, object]] = OrderedDict()
        corners = [(-1, -1), (3, -1), (-1, 3)]
        self._screen = batch_for_shader(picture_shader(), "TRIS", {"corner": corners})

    def picture(self, picture: PreviewPicture, request: PictureRequest, projection: Matrix, display: Display) -> None:
        """Draw the picture that `request` asked for over the viewport that it was asked for.

        Parameters
        ----------
        projection : Matrix
            Camera to clip space of the viewport.
        """
        shader = picture_shader()
        rgba, depth = self._kept(picture, "picture", lambda: _textures(picture))
        shader.bind()
        _tell(shader, display)
        shader.uniform_sampler("picture", rgba)
        shader.uniform_sampler("depths", depth)
        rows = projection[2][2], projection[2][3], projection[3][2], projection[3][3]
        shader.uniform_float("depth_row", rows)
        flat = request.camera.projection is Projection.ORTHOGRAPHIC
        # An orthographic viewport's camera stands on the near plane, see `from_viewport`.
        shader.uniform_float("eye_behind", (projection[2][3] + 1) / projection[2][2] if flat else 0.0)
        _drawn(lambda: self._screen.draw(shader))

    def surfels(
        self,
        surfels: Surfels,
        request: PictureRequest,
        view: Matrix,
        projection: Matrix,
        height: int,
        display: Display,
    ) -> None:
        """Draw surfels as `request` would show its field.

        Parameters
        ----------
        view, projection : Matrix
            World to camera, and camera to clip space, of the viewport.
        height : int
            Pixels of the viewport.
        """
        place = matrix_of(request.field_to_scene)
        exposure = Vector(np.exp2(surfels.stops + request.exposure).tolist())
        if surfels.sky is not None and request.crop is None:
            self._sky(surfels, projection @ view @ place, exposure, display)
        if not len(surfels.radii):
            return
        shader = surfel_shader()
        batch = self._kept(surfels, "surfels", lambda: _points(surfels))
        low, high = request.crop if request.crop is not None else ((-_FAR,) * 3, (_FAR,) * 3)
        shader.bind()
        _tell(shader, display)
        shader.uniform_float("eye_from_capture", view @ place)
        shader.uniform_float("clip_from_eye", projection)
        shader.uniform_float("crop_low", low)
        shader.uniform_float("crop_high", high)
        _tell_encoding(shader, surfels, exposure)
        scale = abs(place.to_3x3().determinant()) ** (1 / 3)
        shader.uniform_float("grown", scale * projection[1][1] * height / 2)
        gpu.state.program_point_size_set(True)
        _drawn(lambda: batch.draw(shader))
        gpu.state.program_point_size_set(False)

    def distance(
        self, surfels: Surfels, picture: PreviewPicture, request: PictureRequest, view: Matrix, projection: Matrix
    ) -> float:
        """PSNR, dB, of what surfels show against the picture, over the pixels that either covers; both sRGB over black.

        Parameters
        ----------
        view, projection : Matrix
            Of the viewport that both are for.
        """
        full = picture.depth.shape
        step = -(-max(full) // _COMPARED)
        truth = picture.rgba[::step, ::step].astype(np.float32)
        height, width = truth.shape[:2]
        screen = gpu.types.GPUOffScreen(width, height, format="RGBA32F")
        try:
            with screen.bind():
                framebuffer = gpu.state.active_framebuffer_get()
                framebuffer.clear(color=(0.0, 0.0, 0.0, 0.0), depth=1.0)
                self.surfels(surfels, request, view, projection, height, Display(None))
                seen = framebuffer.read_color(0, 0, width, height, 4, 0, "FLOAT")
        finally:
            screen.free()
        seen.dimensions = width * height * 4
        drawn = np.asarray(seen, dtype=np.float32).reshape(height, width, 4)[::-1]
        covered = (drawn[..., 3] > 0) | (truth[..., 3] > 0)
        error = np.clip(drawn[..., :3], 0, 1)[covered] - _encoded(truth)[covered]
        return float(-10 * np.log10(max(np.mean(error**2), 1e-10))) if covered.any() else float("inf")

    def forget(self) -> None:
        """Give the GPU's memory back."""
        self._made.clear()

    def _sky(self, surfels: Surfels, clip_from_capture: Matrix, exposure: Vector, display: Display) -> None:
        shader = sky_shader()
        texture = self._kept(surfels, "sky", lambda: _texture(surfels.sky / np.float32(255), "RGBA16F"))
        shader.bind()
        _tell(shader, display)
        shader.uniform_sampler("sky", texture)
        shader.uniform_float("capture_from_clip", clip_from_capture.inverted_safe())
        _tell_encoding(shader, surfels, exposure)
        _drawn(lambda: self._screen.draw(shader))

    def _kept(self, preview: PreviewPicture | Surfels, what: str, make: Callable[[], Made]) -> Made:
        key = (id(preview), what)
        # Holding on to the preview keeps its id from being given to another one.
        if key not in self._made or self._made[key][0] is not preview:
            self._made[key] = (preview, make())
        self._made.move_to_end(key)
        while len(self._made) > _KEPT:
            self._made.popitem(last=False)
        return self._made[key][1]  # type: ignore[return-value]


def matrix_of(values: Sequence[float]) -> Matrix:
    """16 numbers, row by row, as Blender's matrix."""
    return Matrix([values[row : row + 4] for row in (0, 4, 8, 12)])


def _encoded(rgba: np.ndarray) -> np.ndarray:
    """Premultiplied scene-linear (H, W, 4) to premultiplied sRGB (H, W, 3)."""
    alpha = rgba[..., 3:]
    return linear_to_srgb(np.clip(rgba[..., :3] / np.maximum(alpha, 1e-6), 0, 1)) * alpha


def _drawn(draw: Callable[[], None]) -> None:
    """Draw among native surfaces, and leave the state as it was found."""
    gpu.state.depth_test_set("LESS_EQUAL")
    gpu.state.depth_mask_set(True)
    gpu.state.blend_set("ALPHA_PREMULT")
    draw()
    gpu.state.blend_set("NONE")
    gpu.state.depth_mask_set(False)
    gpu.state.depth_test_set("NONE")


def _tell(shader: gpu.types.GPUShader, display: Display) -> None:
    shader.uniform_float("mapped", 0.0 if display.table is None else 1.0)
    shader.uniform_float("encoded_again", 1.0 if display.encodes else 0.0)
    shader.uniform_float("table_from", display.first_stop)
    shader.uniform_float("table_to", display.last_stop)
    shader.uniform_float("table_size", float(display.size))
    shader.uniform_sampler("table", display.texture())


def _tell_encoding(shader: gpu.types.GPUShader, surfels: Surfels, exposure: Vector) -> None:
    shader.uniform_float("exposure", exposure)
    shader.uniform_float("white", float(surfels.white))
    shader.uniform_float("rise", RISE)


def _textures(picture: PreviewPicture) -> tuple[gpu.types.GPUTexture, gpu.types.GPUTexture]:
    """Colour and depth, row 0 at the bottom as the GPU counts."""
    return _texture(picture.rgba[::-1], "RGBA16F"), _texture(picture.depth[::-1], "R32F")


def _texture(array: np.ndarray, form: str) -> gpu.types.GPUTexture:
    values = np.ascontiguousarray(array, dtype=np.float32)
    height, width = values.shape[:2]
    return gpu.types.GPUTexture(
        (width, height), format=form, data=gpu.types.Buffer("FLOAT", values.size, values.ravel())
    )


def _points(surfels: Surfels) -> gpu.types.GPUBatch:
    form = gpu.types.GPUVertFormat()
    form.attr_add(id="centre", comp_type="F32", len=3, fetch_mode="FLOAT")
    form.attr_add(id="radius", comp_type="F32", len=1, fetch_mode="FLOAT")
    form.attr_add(id="shade", comp_type="U8", len=4, fetch_mode="INT_TO_FLOAT_UNIT")
    points = gpu.types.GPUVertBuf(form, len(surfels.radii))
    points.attr_fill("centre", surfels.centres)
    points.attr_fill("radius", surfels.radii)
    points.attr_fill("shade", surfels.colours)
    return gpu.types.GPUBatch(type="POINTS", buf=points)
