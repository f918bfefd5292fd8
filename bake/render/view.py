"""The rays of a picture of a field."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from ..contract.camera import Camera, FloatArray, LensModel, Projection
from ..contract.errors import UserError
from ..contract.messages import Precision
from ..contract.plate import EMPTY_DEPTH
from ..device.triton_ready import has_kernels
from ..field.model import Field
from ..footage.lens import ray_directions
from .march import Marched, make_rays, march, without_blind
from .sampling import Effort, Rays

Corner = tuple[float, float, float]


def pose_in_field(camera: Camera, field_to_scene: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Camera space to capture space, (4, 4) float64.

    Raises
    ------
    UserError
        If `field_to_scene` flattens the field.
    """
    back: NDArray[np.float64] = np.eye(4)
    if field_to_scene is not None:
        if abs(np.linalg.det(field_to_scene[:3, :3])) < 1e-18:
            raise UserError("The field object is scaled to nothing.", "Give it a scale other than zero.")
        back = np.asarray(np.linalg.inv(field_to_scene), dtype=np.float64)
    return back @ camera.camera_to_world


def looking(directions: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Directions (N, 3) in camera space, those of length zero turned ahead, and (N,) which ones they are."""
    blind = np.asarray(~directions.any(axis=1))
    return np.asarray(np.where(blind[:, None], (0.0, 0.0, -1.0), directions)), blind


class View:
    """The rays of a picture, made where they are needed: all at once a large picture has no room.

    Raises
    ------
    UserError
        If `field_to_scene` flattens the field.
    """

    def __init__(
        self,
        field: Field,
        camera: Camera,
        field_to_scene: NDArray[np.float64] | None,
        crop: tuple[Corner, Corner] | None,
    ) -> None:
        self.field, self.camera = field, camera
        self._to_scene = field_to_scene
        self._pose = pose_in_field(camera, field_to_scene)
        self._plain = camera.projection is not Projection.PERSPECTIVE or camera.lens.model is LensModel.NONE
        low, high = crop if crop is not None else ((0.0,) * 3, (0.0,) * 3)
        self.crop = None if crop is None else (self._tensor(np.array(low)), self._tensor(np.array(high)))
        self._cropped = crop

    def seen_by(self, camera: Camera) -> View:
        """The same field through another camera."""
        return View(self.field, camera, self._to_scene, self._cropped)

    @torch.no_grad()
    def render(self, pixels: NDArray[np.float32], first: int, time: float, effort: Effort) -> None:
        """Fill (N, 5), pixels from number `first` on: premultiplied encoded colour, alpha, median planar depth."""
        colour, alpha, depth = self.look(first, first + len(pixels), time, effort)
        pixels[:] = torch.cat([colour, alpha[:, None], depth[:, None]], dim=-1).cpu().numpy()

    @property
    def on_gpu(self) -> bool:
        """Whether a GPU has kernels for pictures of the field."""
        return has_kernels(self.field.low.device) and self.field.precision is not Precision.FULL

    @torch.no_grad()
    def look(
        self, first: int, last: int, time: float, effort: Effort
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """What the pixels from `first` to before `last` show, as `seen` has it."""
        if not self.on_gpu:
            return self.seen(march(self.field, self.rays(first, last, time), effort, crop=self.crop))
        from .picture_triton import cast, casts, seen_there

        fast = casts(self.camera)
        rays = cast(self.field, self.camera, self._pose, first, last, time) if fast else self.rays(first, last, time)
        return seen_there(self.field, rays, time, effort, self.crop)

    @staticmethod
    def seen(marched: Marched) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Premultiplied encoded colour (R, 3), alpha (R,) and median planar depth (R,), the sky among them."""
        colour, alpha, depth = marched.over(0.0), marched.alpha, marched.depth
        if marched.sky is not None:
            depth = torch.where(alpha >= 0.5, depth, EMPTY_DEPTH)
            alpha = torch.ones_like(alpha)
        if marched.blind is not None:
            colour, alpha = colour * ~marched.blind[:, None], alpha * ~marched.blind
        return colour, alpha, depth

    def rays(self, first: int, last: int, time: float) -> Rays:
        """Rays of the pixels from `first` to before `last`, row by row; see `rays_of`."""
        return self.rays_of(np.arange(first, last), time)

    def rays_of(self, numbers: NDArray[np.int64], time: float) -> Rays:
        """Rays of any pixels, (N,) numbers row by row; the ray parameter is planar depth.

        Of a panoramic camera it is distance.
        """
        if not self._plain:
            directions = ray_directions(self.camera).reshape(-1, 3)[numbers].astype(np.float64)
            return self._made(np.zeros_like(directions), directions, time)
        row, column = np.divmod(numbers, self.camera.width)
        return self.rays_at(column + 0.5, row + 0.5, time)

    def rays_at(self, x: FloatArray, y: FloatArray, time: float) -> Rays:
        """Rays through places in the picture, (N,) pixels from its top left, of a camera without lens distortion."""
        return self._made(*self.camera.local_rays(x, y), time)

    def _made(self, origins: FloatArray, directions: FloatArray, time: float) -> Rays:
        """From camera space, (N, 3) both."""
        directions, blind = looking(directions)
        origins, directions = (local @ self._pose[:3, :3].T for local in (origins, directions))
        times = torch.full((len(origins),), time, device=self.field.low.device)
        rays = make_rays(self.field, self._tensor(origins + self._pose[:3, 3]), self._tensor(directions), times)
        rays = replace(rays, start=rays.start.clamp(min=self.camera.near), end=rays.end.clamp(max=self.camera.far))
        return without_blind(rays, blind)

    def _tensor(self, array: NDArray[np.float64]) -> torch.Tensor:
        return torch.as_tensor(array, dtype=torch.float32, device=self.field.low.device)
