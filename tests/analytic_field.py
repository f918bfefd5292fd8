"""Field files of known geometry: solid spheres fitted directly, without footage, through the model's own classes.

What a plate of such a field must show can be computed: the depth of a sphere, the place of a small one in the picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from bake.contract.field_file import FieldHeader
from bake.field.decoder import DENSITY_OFFSET
from bake.field.model import DENSITY_SCALE, Field, FieldConfig
from bake.field.storage import save_field
from bake.field.waves import BANDS, WIDTH

Point = tuple[float, float, float]

_STEPS = 400
_POINTS = 4096
_SOFT_REACH, _SOFT_CELLS = 1.4, 63
_ABOVE_ZERO = 16.0
"""What the logarithm of a density needs to pass a rectifier."""
_SOLID, _CLEAR = 9.0, -9.0
"""Logarithm of density deep inside and far outside."""


@dataclass(frozen=True)
class Sphere:
    """A solid sphere in capture space.

    Parameters
    ----------
    sharpness : float
        Growth of the logarithm of density per radius of depth below the surface.
    """

    centre: Point
    radius: float
    sharpness: float = 900.0


BALL = (Sphere((0.0, 0.0, 1.0), 1.0),)
MARKS = tuple(
    Sphere(centre, 0.12, sharpness=20.0)
    for centre in ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (-0.8, -0.7, 0.5))
)
"""Small and with soft edges, so that their place in a picture can be told to a fraction of a pixel."""


def make_analytic_field(
    path: Path,
    shape: tuple[Sphere, ...] = BALL,
    frames: int = 24,
    colour: tuple[float, float, float] = (0.8, 0.4, 0.2),
    fps: float = 24.0,
) -> FieldHeader:
    """Write a field file that holds solid spheres which stand still; the same arguments give the same bytes.

    Parameters
    ----------
    shape : spheres of one radius and sharpness that do not touch
    frames : int
        The shot runs from frame 0 to `frames` - 1.
    colour : three floats in (0, 1)
        Encoded (sRGB), the same everywhere.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        field = _fitted(shape, frames, colour)
    header = FieldHeader(
        shot=path.stem,
        fps=fps,
        first_frame=0.0,
        last_frame=float(frames - 1),
        frame_count=frames,
        bounds=(field.config.low, field.config.high),
        opaque=False,
        training={"preset": "analytic", "seed": 0},
    )
    return save_field(path, field, header, {})


SOFT_DENSITY, SOFT_RADIUS = 3.0, 0.4
"""Of a soft ball around the origin: density in its middle per unit of capture space, and standard deviation."""


def soft_density(points: Tensor) -> Tensor:
    """(...) density, per unit of capture space, of the soft ball at points (..., 3)."""
    return SOFT_DENSITY * torch.exp(-points.square().sum(dim=-1) / (2 * SOFT_RADIUS**2))


def make_soft_field(path: Path, colour: Point = (0.8, 0.4, 0.2)) -> FieldHeader:
    """Write a field file of a soft ball: `soft_density` but for its thinnest parts, and linear between knots."""
    return _made_of(path, soft_density, colour)


SLAB_TOP, SLAB_GROWTH = -0.6, 80.0
"""Where light that falls straight on a slab has lost half of itself, and how fast the logarithm of density grows."""


def slab_density(points: Tensor) -> Tensor:
    """(...) density, per unit of capture space, of a slab that fills the box below SLAB_TOP, at points (..., 3)."""
    # The integral of exp(k s) to s is half of the light's loss, log(2), at exp(k s) = k log(2).
    depth = SLAB_TOP + math.log(SLAB_GROWTH * math.log(2)) / SLAB_GROWTH - points[..., 2]
    return torch.exp((SLAB_GROWTH * depth).clamp(-9, 6))


def make_slab_field(path: Path, colour: Point = (0.8, 0.4, 0.2)) -> FieldHeader:
    """Write a field file of a floor, `slab_density`, 2.8 units wide around the origin."""
    return _made_of(path, slab_density, colour)


SOLID_RADIUS = 0.6
"""Of a solid ball around the origin."""


def solid_density(points: Tensor) -> Tensor:
    """(...) density, per unit of capture space, of the solid ball at points (..., 3)."""
    depth = SOLID_RADIUS + math.log(SLAB_GROWTH * math.log(2)) / SLAB_GROWTH - points.norm(dim=-1)
    return torch.exp((SLAB_GROWTH * depth).clamp(-9, 6))


def make_solid_field(path: Path, colour: Point = (0.8, 0.4, 0.2)) -> FieldHeader:
    """Write a field file of a solid ball, `solid_density`: coarser than a fitted one, but made at once."""
    return _made_of(path, solid_density, colour)


LANDMARKS, LANDMARK_RADIUS = (
    ((0.0, 0.0, -0.8), (1.0, 0.0, 0.0), (0.0, 1.0, 0.1), (0.1, 0.0, 0.9), (-0.8, -0.7, 0.5)),
    0.15,
)
"""Where small solid balls are."""


def make_landmark_field(path: Path, colour: Point = (0.8, 0.4, 0.2)) -> FieldHeader:
    """Write a field file of small solid balls at `LANDMARKS`, made at once as `make_solid_field` is."""

    def density(points: Tensor) -> Tensor:
        away = torch.stack([(points - torch.tensor(place)).norm(dim=-1) for place in LANDMARKS]).amin(dim=0)
        depth = LANDMARK_RADIUS + math.log(SLAB_GROWTH * math.log(2)) / SLAB_GROWTH - away
        return torch.exp((SLAB_GROWTH * depth).clamp(-9, 6))

    return _made_of(path, density, colour)


def _made_of(path: Path, density: Callable[[Tensor], Tensor], colour: Point) -> FieldHeader:
    reach = torch.full((3,), _SOFT_REACH)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        field = _plain_field(-reach, reach, 1, colour, _SOFT_CELLS, near=1e-3, levels=1, log2_entries=18)
    with torch.no_grad():
        knots = density(_lattice(_SOFT_CELLS + 1, _SOFT_REACH)) * field.unit_length / DENSITY_SCALE
        field.grid.table.zero_()
        field.grid.table[0, : knots.numel(), 0] = knots.log().flatten()
        _pass_through(field)
        # The cells' middles, and what the sampler would leave out as too thin counts as well.
        cells = field.occupancy.cells
        dense = density(_lattice(cells, _SOFT_REACH * (1 - 1 / cells))) * field.unit_length
        field.occupancy.density[:] = dense.clamp(min=0.6) / DENSITY_SCALE
    bounds = (field.config.low, field.config.high)
    header = FieldHeader(path.stem, 24.0, 0.0, 0.0, 1, bounds, False, training={"preset": "analytic", "seed": 0})
    return save_field(path, field, header, {})


SWAY_FRAMES, SWAY_WAY, SWAY_WIDTH = 13, 0.5, 0.25
"""Of the swaying ball: frames of its shot, and how far it goes along y meanwhile, and aside at most, capture units."""


def swayed(points: Tensor, start: float, end: float) -> Tensor:
    """(N, 3) points of the swaying ball at a shot frame: where they are at another one, capture space."""
    further = SWAY_WAY * (end - start) / (SWAY_FRAMES - 1)
    x, y, z = points.unbind(-1)
    aside = SWAY_WIDTH * (_wave(y + further) - _wave(y))
    return torch.stack([x + aside, y + further, z], dim=-1)


def _wave(y: Tensor) -> Tensor:
    return -torch.sin(2 * torch.pi * (y + _SOFT_REACH) / (2 * _SOFT_REACH))


def make_swaying_field(path: Path, colour: Point = (0.8, 0.4, 0.2)) -> FieldHeader:
    """Write a field file of matter around the origin that goes along y and sways in x, by its deformation."""
    reach = torch.full((3,), _SOFT_REACH)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        field = _plain_field(-reach, reach, SWAY_FRAMES, colour, _SOFT_CELLS, near=1e-3, levels=1, log2_entries=18)
    with torch.no_grad():
        knots = soft_density(_lattice(_SOFT_CELLS + 1, _SOFT_REACH)) * field.unit_length / DENSITY_SCALE
        field.grid.table.zero_()
        field.grid.table[0, : knots.numel(), 0] = knots.log().flatten()
        _pass_through(field)
        field.occupancy.density.fill_(1.0)
        codes = next(iter(field.lattice.parameters()))
        codes[:, 0] = torch.linspace(0, 1, len(codes))
        net = field.deformation
        for layer in (net.first, net.second, net.head):
            layer.weight.zero_()
            layer.bias.zero_()
        # One neuron knows the time, one the second band of y's sine; both pass the rectifiers from above.
        net.first.weight[0, WIDTH] = net.first.weight[1, 3 + BANDS + 1] = 1.0
        net.first.bias[1] = 2.0
        net.second.weight[0, 0] = net.second.weight[1, 1] = 1.0
        net.head.weight[1, 0] = -SWAY_WAY / (2 * _SOFT_REACH)
        net.head.weight[0, 1] = SWAY_WIDTH / (2 * _SOFT_REACH)
        net.head.bias[0] = -2 * SWAY_WIDTH / (2 * _SOFT_REACH)
    bounds, last = (field.config.low, field.config.high), float(SWAY_FRAMES - 1)
    header = FieldHeader(path.stem, 24.0, 0.0, last, SWAY_FRAMES, bounds, False, training={"preset": "analytic"})
    return save_field(path, field, header, {})


def _lattice(count: int, reach: float) -> Tensor:
    """(count, count, count, 3) points from -reach to reach, the last axis of the grid along x."""
    axis = torch.linspace(-reach, reach, count)
    z, y, x = torch.meshgrid(axis, axis, axis, indexing="ij")
    return torch.stack([x, y, z], dim=-1)


def _pass_through(field: Field) -> None:
    """Let the logarithm of density be the grid's first feature."""
    enter, leave = field.decoder.geometry[0], field.decoder.geometry[2]
    for layer in (enter, leave):
        layer.weight.zero_()
        layer.bias.zero_()
    enter.weight[0, 0], enter.bias[0] = 1.0, _ABOVE_ZERO
    leave.weight[0, 0], leave.bias[0] = 1.0, -_ABOVE_ZERO - DENSITY_OFFSET


def _fitted(shape: tuple[Sphere, ...], frames: int, colour: Point) -> Field:
    radius = shape[0].radius
    centres = torch.tensor([sphere.centre for sphere in shape])
    low, high = centres.amin(dim=0) - 1.2 * radius, centres.amax(dim=0) + 1.2 * radius
    size = float((high - low).max())
    finest = min(round(2.4 * 64 * size / (2.4 * radius)), 512)
    field = _plain_field(low, high, frames, colour, finest, near=1e-3 * radius)
    _fit_density(field, centres, shape[0])
    _fill_occupancy(field, centres, radius * (1 + 8 / shape[0].sharpness))
    return field


def _plain_field(
    low: Tensor, high: Tensor, frames: int, colour: Point, finest: int, near: float, **sizes: int
) -> Field:
    """Of one colour, the same at any time, and of no density in particular."""
    size = float((high - low).max())
    field = Field(
        FieldConfig(
            low=tuple(low.tolist()),
            high=tuple(high.tolist()),
            opaque=False,
            first_frame=0.0,
            last_frame=float(frames - 1),
            near=near,
            far=1e3 * size,
            finest=finest,
            planes=(4,),
            plane_times=(2,),
            occupancy_parts=1,
            **sizes,
        )
    )
    with torch.no_grad():
        # Nothing depends on time, and the colour is what the last layer's bias says.
        for code in (*field.lattice.parameters(), *field.planes.space):
            code.zero_()
        last = field.decoder.colour[2]
        last.weight.zero_()
        last.bias.copy_(torch.logit(torch.tensor(colour)))
    return field


def _fit_density(field: Field, centres: Tensor, one: Sphere) -> None:
    """Teach the logarithm of density to rise through the surface, ever more steeply."""
    parameters = [*field.grid.parameters(), *field.decoder.geometry.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=1e-2, betas=(0.9, 0.99), eps=1e-15, fused=True)
    for step in range(_STEPS):
        share = step / _STEPS
        sharpness = one.sharpness ** (0.6 + 0.4 * min(1.0, share / 0.7))
        optimiser.param_groups[0]["lr"] = 1e-2 * (0.01 + 0.99 * (1 + math.cos(math.pi * share)) / 2)
        points = _points(field, centres, one.radius, share)
        unit, _ = field.to_unit(points)
        got = torch.log(field.density(unit, torch.zeros(len(unit))))
        wanted = _wanted(field, points, centres, one.radius, sharpness)
        miss = (got - wanted) / sharpness
        # Beyond the ends more is no worse.
        miss = torch.where(wanted >= _SOLID, miss.clamp(max=0), torch.where(wanted <= _CLEAR, miss.clamp(min=0), miss))
        loss = miss.abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def _points(field: Field, centres: Tensor, radius: float, share: float) -> Tensor:
    """Most near a surface, and ever nearer; the others anywhere."""
    around = _POINTS * 3 // 4
    away = torch.randn(around, 3)
    depth = torch.randn(around, 1) * radius * (0.1 * (1 - share) + 0.01)
    surface = centres[torch.arange(around) % len(centres)] + away / away.norm(dim=1, keepdim=True) * (radius + depth)
    anywhere = field.low + torch.rand(_POINTS - around, 3) * (field.high - field.low)
    points = torch.cat([surface, anywhere])
    return torch.minimum(torch.maximum(points, field.low), field.high)


def _wanted(field: Field, points: Tensor, centres: Tensor, radius: float, sharpness: float) -> Tensor:
    """Logarithm of density that puts the surface where it belongs for straight and for grazing light alike.

    Density that grows by exp(k s) with depth s stops half of the light that falls straight on a plane at s = 0 if it is
    k log(2) there; grazing light has a path sqrt(2 pi k) as long and would stop too early, so the two share the error.
    """
    depth = radius - (points[:, None] - centres).norm(dim=-1).amin(dim=1)
    growth = sharpness / radius
    surface = math.log(growth * math.log(2) * field.unit_length / DENSITY_SCALE)
    surface -= math.log(2 * math.pi * sharpness) / 4
    return (surface + growth * depth).clamp(_CLEAR, _SOLID)


def _fill_occupancy(field: Field, centres: Tensor, radius: float) -> None:
    """Dense where a cell may touch a sphere, nothing elsewhere."""
    cells = field.occupancy.cells
    axis = (torch.arange(cells) + 0.5) / cells
    z, y, x = torch.meshgrid(axis, axis, axis, indexing="ij")
    points = field.low + torch.stack([x, y, z], dim=-1) * (field.high - field.low)
    reach = float(((field.high - field.low) / cells).norm()) / 2
    distance = torch.stack([(points - centre).norm(dim=-1) for centre in centres]).amin(dim=0)
    field.occupancy.density[:] = torch.where(distance < radius + reach, 1e3, 0.0)
