"""Whether other files than plates show what their receipts say: a sample of each, made again and compared.

As with plates, what is a matter of the last bit between two devices must not count: shares of what is compared have to
agree, not all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..contract.colour import linear_to_srgb
from ..contract.errors import UserError
from ..contract.field_file import FootageCameras
from ..contract.messages import EnvironmentRequest, MeshRequest, PlateRequest, StandInRequest, VolumeRequest
from ..contract.plate import EMPTY_DEPTH, VISIBLE_ALPHA
from ..contract.volume_file import BLOCK
from ..field.model import Field
from .deep import Deep, deep_runs, read_deep
from .environment import read_environment, render_around_runs
from .fading import faded_deep
from .frame import render_runs
from .mesh_file import read_mesh, read_stand_in
from .stand_in import light_of
from .surface import Shape, colours_of, surface_around, surface_shape
from .vdb_grids import VdbGrid, read_grids
from .verifying import Comparison, chosen_runs, compared
from .voxels import THINNEST, Voxels, around

SHARE = 0.95
"""How many of the voxels or points must be as they should."""
_VOXELS = 0.01
"""Of density and emission: relative. Half floats keep within 0.0005."""
_PLACE = 0.05
"""How far off a point of a surface may be, voxels."""
_COLOUR = 8
"""Of 255, sRGB: the direction that a point's colour is seen from is that of a normal, which few voxels decide."""


@dataclass(frozen=True)
class Sample:
    """What of a file was made again: how many `things`, and the share of them that agree."""

    things: str
    number: int
    within: float

    @property
    def good(self) -> bool:
        """Whether the file is what its receipt says."""
        return self.within >= SHARE


def compare_surroundings(path: Path, request: EnvironmentRequest, field: Field, pixels: int, seed: int) -> Comparison:
    """Some pixels of a picture of the surroundings, rendered again; parameters and errors as `compare_sample`."""
    rgba = read_environment(path)
    _demand_size(rgba.shape[:2], request)
    rgba = rgba.reshape(-1, 4)
    runs, chosen = chosen_runs(rgba[:, 3], pixels, seed)
    again, _ = render_around_runs(field, request, runs)
    flat = np.zeros(len(chosen), np.float32)
    return compared(rgba[chosen], flat, again, flat)


def compare_deep(path: Path, request: PlateRequest, field: Field, pixels: int, seed: int) -> Comparison:
    """Some pixels of a deep picture, again: flattened, and the depth at which each begins; as `compare_sample`."""
    deep = read_deep(path)
    _demand_size(deep.counts.shape, request)
    rgba, begins = _flattened(deep)
    runs, chosen = chosen_runs(rgba[:, 3], pixels, seed)
    sharp, _ = render_runs(field, request, runs)
    again = [_flattened(faded_deep(run, request.fade)) for run in deep_runs(field, request, runs, sharp)]
    colours, depths = (np.concatenate([run[part] for run in again]) for part in (0, 1))
    return compared(rgba[chosen], begins[chosen], colours, depths)


def compare_volume(
    path: Path, request: VolumeRequest, field: Field, cameras: FootageCameras | None, blocks: int, seed: int
) -> Sample:
    """Some blocks of a volume's voxels, evaluated again: density and emission.

    Parameters
    ----------
    cameras : FootageCameras or None
        Of the footage; None if nobody filmed the field.
    blocks : int
        How many; half of them from the file, the others from where the field may have something.

    Raises
    ------
    UserError
        If the volume cannot be read, or lies elsewhere than it should.
    """
    views = around(field) if cameras is None else cameras.matrices[:, :3, 3]
    grids, voxels = read_grids(path), Voxels(field, request, views)
    density, emission = _grid(grids, "density"), _grid(grids, "emission")
    edge = voxels.grid.edge
    first = np.array(voxels.grid.low) + edge / 2
    if np.abs(np.array([*density.first, density.edge]) - [*first, edge]).max() > _PLACE * edge:
        raise UserError("has voxels of another size or at another place than its receipt says")
    random = np.random.default_rng(seed)
    there = random.permutation(density.origins // BLOCK)[: (blocks + 1) // 2]
    maybe = random.permutation(voxels.numbers)[: blocks - len(there)]
    numbers = np.unique(np.concatenate([there, maybe]), axis=0)
    again = np.concatenate([part.reshape(len(numbers), *(BLOCK,) * 3, -1) for part in voxels.evaluated(numbers)], -1)
    kept = np.concatenate([_blocks_of(grid, numbers) for grid in (density, emission)], axis=-1)
    filled = (kept[..., 0] > 0) | (again[..., 0] > 0)
    # Whether a voxel that is almost empty counts as such is a matter of the last bit.
    allowed = _VOXELS * np.maximum(np.abs(again), np.abs(kept)) + 2 * THINNEST / field.unit_length
    right = (np.abs(kept - again) <= allowed).all(axis=-1)[filled]
    return Sample("voxels", int(filled.sum()), float(right.mean()) if len(right) else 1.0)


def compare_mesh(
    path: Path, request: MeshRequest, field: Field, cameras: FootageCameras | None, points: int, seed: int
) -> Sample:
    """Some points of a mesh, sought again: place and colour. Of an empty mesh all is sought.

    Raises
    ------
    UserError
        If the mesh cannot be read.
    """
    mesh = read_mesh(path)
    if not len(mesh.points):
        return _of_nothing(request, field, cameras)
    chosen = np.random.default_rng(seed).permutation(len(mesh.points))[:points]
    again, near = _sought(request, field, cameras, mesh.points[chosen])
    same = np.abs(colours_of(field, again).astype(int) - mesh.colours[chosen]) <= _COLOUR
    return Sample("points", len(chosen), float((near & same.all(axis=1)).mean()))


def compare_stand_in(
    path: Path, request: StandInRequest, field: Field, cameras: FootageCameras | None, points: int, seed: int
) -> Sample:
    """As `compare_mesh`, of a stand-in: place and light."""
    mesh = read_stand_in(path)
    if not len(mesh.points):
        return _of_nothing(request, field, cameras)
    chosen = np.random.default_rng(seed).permutation(len(mesh.points))[:points]
    again, near = _sought(request, field, cameras, mesh.points[chosen])
    kept = mesh.light[chosen]
    shown = light_of(field, request, again, cameras)
    same = np.abs(linear_to_srgb(shown) - linear_to_srgb(kept)) <= _COLOUR / 255 * np.maximum(kept, 1)
    return Sample("points", len(chosen), float((near & same.all(axis=1)).mean()))


def _sought(
    request: MeshRequest, field: Field, cameras: FootageCameras | None, wanted: NDArray[np.float32]
) -> tuple[Shape, NDArray[np.bool_]]:
    """Where the surfaces pass by points of a mesh, and by which of them they do."""
    again = surface_around(field, request.shot_frame, request.detail, request.crop, cameras, wanted)
    off = np.linalg.norm(np.nan_to_num(again.points.cpu().numpy(), nan=np.inf) - wanted, axis=1)
    return again, off <= _PLACE * again.edge


def _of_nothing(request: MeshRequest, field: Field, cameras: FootageCameras | None) -> Sample:
    """Of a mesh without points, what it lacks."""
    missed = surface_shape(field, request.shot_frame, request.detail, request.crop, cameras, lambda: False).points
    return Sample("points", len(missed), float(not len(missed)))


def _demand_size(shape: tuple[int, ...], request: PlateRequest) -> None:
    height, width = shape
    if (width, height) != (request.camera.width, request.camera.height):
        raise UserError(f"is {width}x{height}, but its receipt says {request.camera.width}x{request.camera.height}")


def _flattened(deep: Deep) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(N, 4) colour of all pixels, their samples put over each other, and (N,) the depth at which each begins."""
    counts = deep.counts.reshape(-1)
    pixel = np.repeat(np.arange(len(counts)), counts)
    alpha = deep.values[:, 3].astype(np.float64)
    passed = np.cumsum(np.log1p(-np.minimum(alpha, 1 - 1e-9)))
    before = np.append(0, passed[:-1])
    firsts = np.cumsum(counts) - counts
    through = np.exp(before - np.append(before, 0)[np.minimum(firsts, len(before))][pixel])
    flat = [np.bincount(pixel, deep.values[:, channel] * through, len(counts)) for channel in range(4)]
    rgba = np.stack(flat, axis=1).astype(np.float32)
    begins = np.full(len(counts), EMPTY_DEPTH, np.float32)
    seen = (counts > 0) & (rgba[:, 3] >= VISIBLE_ALPHA)
    begins[seen] = deep.values[firsts[seen], 4]
    return rgba, begins


def _grid(grids: dict[str, VdbGrid], name: str) -> VdbGrid:
    if name not in grids:
        raise UserError(f"lacks the grid {name}")
    return grids[name]


def _blocks_of(grid: VdbGrid, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
    """(B, 8, 8, 8, C) values of blocks, 0 where the grid has none."""
    held = {tuple(origin): at for at, origin in enumerate((grid.origins // BLOCK).tolist())}
    values = np.zeros((len(numbers), *(BLOCK,) * 3, grid.width), np.float32)
    at = [(row, held[tuple(number)]) for row, number in enumerate(numbers.tolist()) if tuple(number) in held]
    if at:
        values[[row for row, _ in at]] = grid.values(number for _, number in at)
    return values
