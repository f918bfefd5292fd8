"""The one camera model of the project, and Blender's camera settings turned into it.

World: right-handed, Z up. Camera: looking down -Z, Y up (OpenGL and Blender). Pixels: origin at the top left
corner of the picture, x to the right, y down, pixel centres at +0.5.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Projection(StrEnum):
    """How a camera maps the world to the picture."""

    PERSPECTIVE = "perspective"
    ORTHOGRAPHIC = "orthographic"
    EQUIRECTANGULAR = "equirectangular"
    """Longitude across, latitude up."""
    FISHEYE_EQUIDISTANT = "fisheye_equidistant"
    """As far from the middle as the angle off the axis."""
    FISHEYE_EQUISOLID = "fisheye_equisolid"
    """As far from the middle as twice the sine of half the angle off the axis."""

    @property
    def panoramic(self) -> bool:
        """Whether depth is distance along the ray, as Cycles has it, instead of planar depth."""
        return self not in (Projection.PERSPECTIVE, Projection.ORTHOGRAPHIC)


class LensModel(StrEnum):
    """Whose formula the distortion coefficients belong to. All work on coordinates divided by the focal length."""

    NONE = "none"
    OPENCV = "opencv"
    """k1, k2, p1, p2, k3, k4, k5, k6 as OpenCV orders them; trailing zeros may be left out."""
    OPENCV_FISHEYE = "opencv_fisheye"
    """k1, k2, k3, k4 of OpenCV's equidistant model."""
    DIVISION = "division"
    """k1, k2 of Blender's division model: ideal = distorted / (1 + k1 r^2 + k2 r^4), r of the distorted point."""
    BROWN = "brown"
    """k1, k2, k3, k4, p1, p2 of Blender's Brown model (four radial terms)."""


@dataclass(frozen=True)
class Lens:
    """Lens distortion of footage. A camera that re-films has none."""

    model: LensModel = LensModel.NONE
    coefficients: tuple[float, ...] = ()


@dataclass(frozen=True)
class Camera:
    """A pinhole, orthographic or panoramic camera at one instant.

    Wherever depth is said to be planar, of a panoramic camera it is the distance along the ray.

    Parameters
    ----------
    width, height : int
        Size of the picture in pixels.
    fx, fy : float
        Focal length in pixels; for an orthographic camera pixels per scene unit, for a panoramic one per radian near
        the axis.
    cx, cy : float
        Principal point in pixels from the top left corner; the middle of the picture is (width / 2, height / 2).
    matrix : tuple of 16 floats
        Camera to world, row by row, rigid.
    near, far : float
        Clipping distances along the viewing axis, scene units.
    widest : float
        Angle off the axis beyond which a fisheye sees nothing, radians.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    matrix: tuple[float, ...]
    projection: Projection = Projection.PERSPECTIVE
    lens: Lens = Lens()
    near: float = 0.0
    far: float = float("inf")
    widest: float = float("inf")

    @property
    def camera_to_world(self) -> FloatArray:
        """(4, 4) float64."""
        return np.asarray(self.matrix, dtype=np.float64).reshape(4, 4)

    def resized(self, width: int, height: int) -> Camera:
        """The same view sampled by another number of pixels."""
        sx, sy = width / self.width, height / self.height
        return replace(
            self, width=width, height=height, fx=self.fx * sx, fy=self.fy * sy, cx=self.cx * sx, cy=self.cy * sy
        )

    def no_larger(self, longest: int) -> Camera:
        """The same view with at most so many pixels along its longer side."""
        scale = longest / max(self.width, self.height)
        if scale >= 1:
            return self
        return self.resized(max(round(self.width * scale), 1), max(round(self.height * scale), 1))

    def project(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Where world points land, lens distortion left out.

        Parameters
        ----------
        points : (N, 3) float64
            World space, scene units.

        Returns
        -------
        pixels : (N, 2) float64
            x and y from the top left corner.
        depth : (N,) float64
            Planar depth along the viewing axis, scene units; positive in front of the camera.
        """
        pose = self.camera_to_world
        local = (np.asarray(points, dtype=np.float64) - pose[:3, 3]) @ pose[:3, :3]
        if self.projection.panoramic:
            place, depth = panorama_places(self.projection, local, self.widest)
            return (self.cx, self.cy) + place * (self.fx, -self.fy), depth
        depth = -local[:, 2]
        divisor = depth if self.projection is Projection.PERSPECTIVE else np.ones_like(depth)
        x = self.cx + self.fx * local[:, 0] / divisor
        y = self.cy - self.fy * local[:, 1] / divisor
        return np.stack([x, y], axis=1), depth

    def local_rays(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Rays through places in the picture, lens distortion left out.

        Parameters
        ----------
        x, y : (N,) float64
            Pixels from the top left corner.

        Returns
        -------
        origins, directions : (N, 3) float64
            Camera space; a ray parameter of one is one scene unit of planar depth. Of a panoramic camera directions are
            of length one, and of length zero where it sees nothing.
        """
        return rays_through(self.projection, (x - self.cx) / self.fx, -(y - self.cy) / self.fy, self.widest)

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back exactly."""
        document = asdict(self)
        document["matrix"] = list(self.matrix)
        document["lens"] = {"model": self.lens.model.value, "coefficients": list(self.lens.coefficients)}
        document["projection"] = self.projection.value
        document["far"] = None if np.isinf(self.far) else self.far
        if np.isinf(self.widest):
            # Left out as from before there were fisheyes: plates of other cameras keep their names.
            del document["widest"]
        return document

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Camera:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError, KeyError, TypeError
            If a field is missing or of the wrong kind.
        """
        values = dict(document)
        lens = values.pop("lens", None) or {}
        far = values.pop("far", None)
        matrix = tuple(float(v) for v in values.pop("matrix"))
        if len(matrix) != 16:
            raise ValueError("a camera matrix has 16 numbers")
        return cls(
            matrix=matrix,
            lens=Lens(LensModel(lens.get("model", "none")), tuple(float(c) for c in lens.get("coefficients", ()))),
            projection=Projection(values.pop("projection", "perspective")),
            far=float("inf") if far is None else float(far),
            **values,
        )


def rays_through(
    projection: Projection, x: FloatArray, y: FloatArray, widest: float = float("inf")
) -> tuple[FloatArray, FloatArray]:
    """Rays as `Camera.local_rays` has them, through (N,) places, y up, in the picture of a focal length of 1."""
    if projection.panoramic:
        return np.zeros((len(x), 3)), panorama_directions(projection, x, y, widest)
    across, ahead = np.stack([x, y, np.zeros_like(x)], axis=1), np.broadcast_to([0.0, 0.0, -1.0], (len(x), 3))
    if projection is Projection.ORTHOGRAPHIC:
        return across, ahead
    return np.zeros_like(across), across + ahead


def panorama_directions(projection: Projection, x: FloatArray, y: FloatArray, widest: float) -> FloatArray:
    """(N, 3) of length 1, or 0 where nothing is seen, camera space.

    Source: `equirectangular_range_to_direction`, `fisheye_to_direction` and `fisheye_equisolid_to_direction` in Cycles'
    `kernel/camera/projection.h`, its axes turned to Blender's.
    """
    if projection is Projection.EQUIRECTANGULAR:
        return np.stack([np.cos(y) * np.sin(x), np.sin(y), -np.cos(y) * np.cos(x)], axis=1)
    away = np.hypot(x, y)
    angle = away
    if projection is Projection.FISHEYE_EQUISOLID:
        angle = np.where(away <= 2, 2 * np.arcsin(np.minimum(away / 2, 1)), np.inf)
    seen = np.minimum(angle, np.pi)
    across = np.sinc(seen / np.pi) * seen / np.maximum(away, 1e-12)
    directions = np.stack([x * across, y * across, -np.cos(seen)], axis=1)
    return np.asarray(np.where((angle <= widest)[:, None], directions, 0.0))


def panorama_places(projection: Projection, local: FloatArray, widest: float) -> tuple[FloatArray, FloatArray]:
    """Where (N, 3) points of camera space land, the inverse of `panorama_directions`, and how far away they are.

    (N, 2), y up, for a focal length of 1; distances (N,) are negative where a fisheye sees nothing.
    """
    x, y, ahead = local[:, 0], local[:, 1], -local[:, 2]
    distance = np.linalg.norm(local, axis=1)
    aside = np.hypot(x, y)
    if projection is Projection.EQUIRECTANGULAR:
        return np.stack([np.arctan2(x, ahead), np.arctan2(y, np.hypot(x, ahead))], axis=1), distance
    angle = np.arctan2(aside, ahead)
    away = 2 * np.sin(angle / 2) if projection is Projection.FISHEYE_EQUISOLID else angle
    place = local[:, :2] * (away / np.maximum(aside, 1e-12))[:, None]
    return place, np.where(angle <= widest, distance, -distance)


@dataclass(frozen=True)
class BlenderPanorama:
    """A panoramic camera's settings by Blender's names, angles in radians; `fisheye_lens` in mm."""

    longitude_min: float
    longitude_max: float
    latitude_min: float
    latitude_max: float
    fisheye_fov: float
    fisheye_lens: float


@dataclass(frozen=True)
class BlenderCamera:
    """Blender's camera and render settings by Blender's names, free of bpy so that they can be tested."""

    kind: Projection
    lens: float
    """Focal length, mm."""
    sensor_width: float
    sensor_height: float
    sensor_fit: str
    """AUTO, HORIZONTAL or VERTICAL."""
    shift_x: float
    shift_y: float
    ortho_scale: float
    clip_start: float
    clip_end: float
    resolution_x: int
    resolution_y: int
    resolution_percentage: int
    pixel_aspect_x: float
    pixel_aspect_y: float
    border: tuple[float, float, float, float] | None
    """min x, max x, min y, max y as fractions from the bottom left, or None where the whole picture renders."""
    panorama: BlenderPanorama | None = None


def from_blender(settings: BlenderCamera, camera_to_world: FloatArray, cropped: bool = True) -> Camera:
    """The camera whose pixels are the pixels that Blender renders.

    Source of the formulas: `BKE_camera_params_compute_viewplane` in Blender's sources, checked against
    `Object.calc_matrix_camera`. For panoramas: `blender/camera.cpp` in Cycles, checked against the directions in which
    it looks; shifts are shares of the picture's own width and height there.

    Parameters
    ----------
    camera_to_world : (4, 4) float64
        Evaluated matrix; scale is dropped here, as Blender drops it.
    cropped : bool
        Whether the picture is cut to the render border.
    """
    width = int(settings.resolution_x * settings.resolution_percentage / 100)
    height = int(settings.resolution_y * settings.resolution_percentage / 100)
    aspect = settings.pixel_aspect_y / settings.pixel_aspect_x
    fit = settings.sensor_fit
    sensor = settings.sensor_height if fit == "VERTICAL" else settings.sensor_width
    if fit == "AUTO":
        wide = settings.pixel_aspect_x * width >= settings.pixel_aspect_y * height
        fit = "HORIZONTAL" if wide else "VERTICAL"
    view = width if fit == "HORIZONTAL" else aspect * height
    fx = settings.lens * view / sensor if settings.kind is Projection.PERSPECTIVE else view / settings.ortho_scale
    fy = fx / aspect
    left = width / 2 - settings.shift_x * view
    bottom = height / 2 - settings.shift_y * view / aspect
    widest = float("inf")
    if settings.panorama is not None:
        fx, fy, left, bottom = _panorama(settings, settings.panorama, width, height, view / sensor, aspect)
        if settings.kind is not Projection.EQUIRECTANGULAR:
            widest = settings.panorama.fisheye_fov / 2
    x0, x1, y0, y1 = 0, width, 0, height
    if cropped and settings.border is not None:
        min_x, max_x, min_y, max_y = (np.float32(v) for v in settings.border)
        x0, x1 = int(min_x * np.float32(width)), int(max_x * np.float32(width))
        y0, y1 = int(min_y * np.float32(height)), int(max_y * np.float32(height))
    pose = np.array(camera_to_world, dtype=np.float64)
    pose[:3, :3] /= np.linalg.norm(pose[:3, :3], axis=0)
    return Camera(
        width=x1 - x0,
        height=y1 - y0,
        fx=fx,
        fy=fy,
        cx=left - x0,
        cy=(y1 - y0) - (bottom - y0),
        matrix=tuple(float(v) for v in pose.ravel()),
        projection=settings.kind,
        near=settings.clip_start,
        far=settings.clip_end,
        widest=widest,
    )


def _panorama(
    settings: BlenderCamera, panorama: BlenderPanorama, width: int, height: int, per_mm: float, aspect: float
) -> tuple[float, float, float, float]:
    """fx, fy and the axis's place from the bottom left, of the whole picture; `per_mm` pixels across."""
    left, bottom = width * (0.5 - settings.shift_x), height * (0.5 - settings.shift_y)
    if settings.kind is Projection.FISHEYE_EQUIDISTANT:
        return width / panorama.fisheye_fov, height / panorama.fisheye_fov, left, bottom
    if settings.kind is Projection.FISHEYE_EQUISOLID:
        fx = panorama.fisheye_lens * per_mm
        return fx, fx / aspect, left, bottom
    fx = width / (panorama.longitude_max - panorama.longitude_min)
    fy = height / (panorama.latitude_max - panorama.latitude_min)
    return (
        fx,
        fy,
        -panorama.longitude_min * fx - settings.shift_x * width,
        -panorama.latitude_min * fy - settings.shift_y * height,
    )


def from_viewport(projection: FloatArray, view: FloatArray, width: int, height: int) -> Camera:
    """The camera whose pixels are the pixels of a viewport.

    An orthographic viewport shows what lies behind its eye as well; its camera stands on the near clipping plane.

    Parameters
    ----------
    projection, view : (4, 4) float64
        OpenGL's matrices: camera to clip space, world to camera.
    width, height : int
        Pixels of the viewport.
    """
    pose = np.linalg.inv(np.asarray(view, dtype=np.float64))
    pose[:3, :3] /= np.linalg.norm(pose[:3, :3], axis=0)
    orthographic = projection[3, 3] == 1
    if orthographic:
        shift_x, shift_y = -projection[0, 3], -projection[1, 3]
        near, far = (projection[2, 3] + 1) / projection[2, 2], (projection[2, 3] - 1) / projection[2, 2]
        pose[:3, 3] -= pose[:3, 2] * near
        near, far = 0.0, far - near
    else:
        shift_x, shift_y = projection[0, 2], projection[1, 2]
        near, far = projection[2, 3] / (projection[2, 2] - 1), projection[2, 3] / (projection[2, 2] + 1)
    return Camera(
        width=width,
        height=height,
        fx=float(projection[0, 0] * width / 2),
        fy=float(projection[1, 1] * height / 2),
        cx=float(width / 2 * (1 - shift_x)),
        cy=float(height / 2 * (1 + shift_y)),
        matrix=tuple(float(v) for v in pose.ravel()),
        projection=Projection.ORTHOGRAPHIC if orthographic else Projection.PERSPECTIVE,
        near=float(near),
        far=float(far),
    )
