"""Native surfaces as rays meet them: triangles in Embree (Wald et al. 2014), which the package embreex brings."""

from __future__ import annotations

import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..contract.camera import Camera, FloatArray
from ..contract.errors import UserError
from ..contract.native_file import NativeMeshes, read_native

_MOST_TRIANGLES = 100_000_000
_MISSED = 1e36
"""Embree says 1e37 of a ray that meets nothing."""


class NativeScene:
    """Triangles in scene space.

    Raises
    ------
    UserError
        If embreex is missing, or instances add up to more triangles than there is room for.
    """

    def __init__(self, meshes: NativeMeshes) -> None:
        self._scene: Any = None
        if len(meshes.meshes) and len(meshes.triangles):
            _check_size(meshes)
            self._scene = _embree_scene(*_placed(meshes))

    def depths(self, camera: Camera, x: FloatArray, y: FloatArray) -> NDArray[np.float32]:
        """(N,) planar depth of the nearest surface at places in the picture, infinite where there is none.

        Parameters
        ----------
        x, y : (N,) float64
            Pixels from the top left corner.
        """
        if self._scene is None:
            return np.full(len(x), np.inf, np.float32)
        pose = camera.camera_to_world
        origins, directions = (local @ pose[:3, :3].T for local in camera.local_rays(x, y))
        origins = origins + pose[:3, 3] + directions * camera.near
        found = self._scene.run(origins.astype(np.float32), directions.astype(np.float32), query="DISTANCE")
        found = np.where(found < _MISSED, found + np.float32(camera.near), np.float32(np.inf))
        return np.where(found <= camera.far, found, np.float32(np.inf)).astype(np.float32)


class NativeScenes:
    """The last few scenes that were asked for: in most shots surfaces stand still while the camera moves."""

    _KEPT = 2

    def __init__(self) -> None:
        self._built: OrderedDict[str, NativeScene] = OrderedDict()

    def get(self, path: Path, content: str) -> NativeScene:
        """The scene of a `native_file` and its fingerprint.

        Raises
        ------
        UserError
            If it cannot be read, or is not what the fingerprint says.
        """
        if content not in self._built:
            meshes = read_native(path)
            if meshes.content != content:
                raise UserError(f"{path} holds other native surfaces than were asked for.", "Render again.")
            while len(self._built) >= self._KEPT:
                self._built.popitem(last=False)
            self._built[content] = NativeScene(meshes)
        self._built.move_to_end(content)
        return self._built[content]


def _check_size(meshes: NativeMeshes) -> None:
    total = int(meshes.triangle_counts[meshes.meshes].sum())
    if total > _MOST_TRIANGLES:
        raise UserError(
            f"The scene has {total / 1e6:.0f} million triangles with all instances, too many to split a field at.",
            "Set Merge of the field to Fast, or hide from the render what stands far from it.",
        )


def _placed(meshes: NativeMeshes) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """All instances as one mesh in scene space."""
    vertex_starts = np.concatenate([[0], np.cumsum(meshes.vertex_counts)])
    triangle_starts = np.concatenate([[0], np.cumsum(meshes.triangle_counts)])
    vertices, triangles, there = [], [], 0
    for number, matrix in zip(meshes.meshes, meshes.matrices, strict=True):
        own = meshes.vertices[vertex_starts[number] : vertex_starts[number + 1]].astype(np.float64)
        vertices.append((own @ matrix[:3, :3].T + matrix[:3, 3]).astype(np.float32))
        triangles.append(meshes.triangles[triangle_starts[number] : triangle_starts[number + 1]] + np.int32(there))
        there += len(own)
    return np.concatenate(vertices), np.concatenate(triangles)


def _embree_scene(vertices: NDArray[np.float32], triangles: NDArray[np.int32]) -> Any:
    try:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene
    except ImportError as error:
        raise UserError(
            "Exact merging needs the package embreex, which the worker's Python cannot load.",
            f'Run: "{sys.executable}" -m pip install "embreex>=4.4" - or set Merge of the field to Fast.',
        ) from error
    # Robust: rays must not slip through between two triangles.
    scene = EmbreeScene(robust=True)
    TriangleMesh(scene, vertices, triangles)
    return scene
