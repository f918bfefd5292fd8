"""The whole field's fast path; `Field.reference` is the definition.

A step of a bake asks the field for some ten thousand samples. Block by block, with autograd between, that is hundreds
of small operations whose bookkeeping costs more than their arithmetic and holds the interpreter while other cores wait.
Here all that a network sees of a sample is written side by side into one row, a layer is one matrix product of rows,
and the gradients are written out by hand. Samples and directions get none.

Where a GPU gains by it, rows and hidden layers are kept in half precision; what comes out, tables and sums are float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..device.precision import product_type, row_type
from .decoder import DENSEST, DENSITY_OFFSET, DIRECTIONS, GEOMETRY, activated
from .deformation import displacement, displacement_backward
from .hash_grid import FEATURES
from .kernels import Kernels, kernels_for
from .planes import CHANNELS, PAIRS
from .segments import Window
from .waves import WIDTH

if TYPE_CHECKING:
    from .model import Field

_AT_ONCE = {"cpu": 4096, "cuda": 2**19}
"""Samples without gradient that are computed at once, so that memory does not grow with a picture."""
_PLANES = len(PAIRS) * CHANNELS
_DECODING = 9
"""Parameters of hash grid and decoder: a table, and four layers."""
Layer = tuple[Tensor, Tensor]
"""Weight (out, in) and bias (out,)."""


@dataclass(frozen=True)
class _Means:
    """By what rows are filled, the type of their numbers, and what hidden layers multiply."""

    kernels: Kernels
    rows: torch.dtype
    products: torch.dtype


@dataclass(frozen=True)
class _Places:
    """Samples (N, 3) in the unit cube, and for each scale and each level where they lie among the knots of time."""

    unit: Tensor
    lattice: list[Tensor]
    planes: list[Tensor]


class _Moving:
    """Parameters of codes and deformation, or the gradients of these; `flat` is what they were made from.

    Where `flat` has not all knots of time, `windows` tells which it has, scale by scale, then level by level.
    """

    def __init__(
        self, means: _Means, flat: Sequence[Tensor], scales: int, levels: int, windows: Sequence[Window] = ()
    ) -> None:
        self.means, self.flat = means, flat
        self.lattice, planes = flat[:scales], flat[scales : scales + 2 * levels]
        self.space, self.time = planes[:levels], planes[levels:]
        windows = windows or [Window.whole(own) for own in (*self.lattice, *self.time)]
        self.codes_seen, self.planes_seen = windows[:scales], windows[scales:]
        self.layers = _layers(flat[scales + 2 * levels :])
        self.seen = [_of_type(layer, means.products) for layer in self.layers[:2]]
        self.code_width = sum(codes.shape[1] for codes in self.lattice) + levels * _PLANES

    def without_gradients(self) -> _Moving:
        zeros = [torch.zeros_like(own) for own in self.flat]
        return _Moving(self.means, zeros, len(self.lattice), len(self.space))


class _Decoding:
    """Parameters of hash grid and decoder, or the gradients of these; `flat` is what they were made from."""

    def __init__(self, means: _Means, flat: Sequence[Tensor], resolutions: tuple[int, ...]) -> None:
        self.means, self.flat, self.resolutions = means, flat, resolutions
        self.table, layers = flat[0], _layers(flat[1:])
        self.geometry, self.colour = layers[:2], layers[2:]
        self.dense, self.tinted = (_of_type(layer, means.products) for layer in (layers[0], layers[2]))
        self.grid_width = len(resolutions) * FEATURES

    def without_gradients(self) -> _Decoding:
        return _Decoding(self.means, [torch.zeros_like(own) for own in self.flat], self.resolutions)


def _layers(flat: Sequence[Tensor]) -> list[Layer]:
    return list(zip(flat[::2], flat[1::2], strict=True))


def _of_type(layer: Layer, dtype: torch.dtype) -> Layer:
    return layer[0].to(dtype), layer[1].to(dtype)


@dataclass(frozen=True)
class _Deformed:
    """What the deformation sees of each sample, its hidden layers, where it takes samples, and the same in the cube."""

    rows: Tensor
    first: Tensor
    second: Tensor
    loose: Tensor
    unit: Tensor


@dataclass(frozen=True)
class _Decoded:
    """What the decoder sees of each canonical place, and its layers; `tinting` is what the colour is made from."""

    rows: Tensor
    hidden: Tensor
    raw: Tensor
    tinting: Tensor
    tinted: Tensor
    colour: Tensor


def values(field: Field, unit: Tensor, time: Tensor, direction: Tensor, timeless: bool) -> tuple[Tensor, Tensor]:
    """As `Field.reference`."""
    direction = torch.zeros_like(direction) if timeless else direction.contiguous()
    if _learning(field):
        places, still = _places(field, unit, time), _still(field, time) if timeless else None
        moving, decoding = _moving(field), _decoding(field)
        found: tuple[Tensor, Tensor] = _Values.apply(
            _means(field), places, still, direction, field.grid.resolutions, *moving, *decoding
        )
        return found
    if not len(unit):
        return unit.new_zeros(0), unit.new_zeros(0, 3)
    seen_at = torch.cat([time, time.new_full((1,), field.STILL)]) if timeless else time
    moved, decoded = _without_gradient(field, seen_at)
    pieces = []
    for own, when, towards in zip(*(_split(part) for part in (unit, time, direction)), strict=True):
        still = _still(field, when) if timeless else None
        seen = _decode(moved, decoded, _deform(moved, _places(field, own, when)), still, towards)
        pieces.append((activated(seen.raw[:, 0]), seen.colour))
    return torch.cat([dense for dense, _ in pieces]), torch.cat([colour for _, colour in pieces])


def density(field: Field, unit: Tensor, time: Tensor) -> Tensor:
    """As `Field.density_reference`."""
    if _learning(field):
        return values(field, unit, time, torch.zeros_like(unit), False)[0]
    if not len(unit):
        return unit.new_zeros(0)
    moved, decoded = _without_gradient(field, time)
    pieces = []
    for own, when in zip(_split(unit), _split(time), strict=True):
        rows = _decoder_rows(moved, decoded, _deform(moved, _places(field, own, when)), None)
        hidden = _layer(rows, decoded.dense)
        pieces.append(activated(_last(hidden, decoded.geometry[1])[:, 0]))
    return torch.cat(pieces)


def canonical(field: Field, unit: Tensor, time: Tensor) -> Tensor:
    """As `Field.canonical_reference`."""
    places = _places(field, unit, time)
    if not _learning(field):
        if not len(unit):
            return unit
        return _deform(_without_gradient(field, time)[0], places).unit
    found: Tensor = _Canonical.apply(_means(field), places, *_moving(field))
    return found


def _learning(field: Field) -> bool:
    return torch.is_grad_enabled() and any(own.requires_grad for own in field.parameters())


def _means(field: Field) -> _Means:
    """Raises LookupError where there are no kernels for the field's device."""
    device = field.low.device
    kernels = kernels_for(device)
    if kernels is None:
        raise LookupError("no kernels for this device")
    products = product_type(device, torch.is_grad_enabled(), field.precision)
    return _Means(kernels, row_type(device, products), products)


def _split(samples: Tensor) -> tuple[Tensor, ...]:
    return samples.split(_AT_ONCE[samples.device.type])


def _moving(field: Field) -> list[Tensor]:
    return _around(field, field.lattice.knots(), field.planes.knots())


def _around(field: Field, lattice: Sequence[Tensor], planes: Sequence[Tensor]) -> list[Tensor]:
    """With these knots of time all that a `_Moving` is made from."""
    moving = field.deformation
    return [*lattice, *field.planes.space, *planes, *_of_layers(moving.first, moving.second, moving.head)]


def _decoding(field: Field) -> list[Tensor]:
    geometry, colour = field.decoder.geometry, field.decoder.colour
    return [field.grid.table, *_of_layers(geometry[0], geometry[2], colour[0], colour[2])]


def _of_layers(*layers: nn.Module) -> list[Tensor]:
    return [own for layer in layers for own in layer.parameters()]


@torch.no_grad()
def _without_gradient(field: Field, time: Tensor) -> tuple[_Moving, _Decoding]:
    """All that values at instants (N,) are made from."""
    codes, planes = field.lattice.windows(time), field.planes.windows(time)
    windows = [Window(own.values.detach(), own.first, own.count) for own in (*codes, *planes)]
    knots = [own.values for own in windows]
    moving = [own.detach() for own in _around(field, knots[: len(codes)], knots[len(codes) :])]
    decoding = [own.detach() for own in _decoding(field)]
    means = _means(field)
    return _Moving(means, moving, len(codes), len(planes), windows), _Decoding(means, decoding, field.grid.resolutions)


def _places(field: Field, unit: Tensor, time: Tensor) -> _Places:
    time = time.detach().contiguous()
    lattice, planes = ([place.float() for place in part.places(time)] for part in (field.lattice, field.planes))
    return _Places(unit.detach().contiguous(), lattice, planes)


def _still(field: Field, time: Tensor) -> _Places:
    """The instant that a timeless decoder is given; its places are wherever the deformation takes samples."""
    return _places(field, time.new_zeros(0, 3), torch.full_like(time, field.STILL))


def _codes(weights: _Moving, places: _Places, rows: Tensor, column: int) -> None:
    kernels = weights.means.kernels
    for codes, place in zip(weights.codes_seen, places.lattice, strict=True):
        kernels.codes_into(place, codes, rows, column)
        column += codes.values.shape[1]
    for space, time, place in zip(weights.space, weights.planes_seen, places.planes, strict=True):
        kernels.planes_into(places.unit, place, space, time, rows, column)
        column += _PLANES


def _codes_backward(weights: _Moving, found: _Moving, places: _Places, rows: Tensor, column: int) -> None:
    kernels = weights.means.kernels
    for codes, place in zip(found.lattice, places.lattice, strict=True):
        kernels.codes_backward(place, rows, column, codes)
        column += codes.shape[1]
    for level, place in enumerate(places.planes):
        planes = weights.space[level], weights.time[level]
        kernels.planes_backward(places.unit, place, *planes, rows, column, found.space[level], found.time[level])
        column += _PLANES


def _layer(rows: Tensor, layer: Layer) -> Tensor:
    return functional.linear(rows.to(layer[0].dtype), *layer).to(rows.dtype).relu_()


def _last(rows: Tensor, layer: Layer) -> Tensor:
    """What leaves a network: of half precision it would have steps that show."""
    return functional.linear(rows.float(), *layer)


def _layer_backward(rows: Tensor, layer: Layer, grad: Tensor, found: Layer | None) -> Tensor:
    """From the gradient of what a layer gives, before any activation, to that of what it was given.

    Computed as the layer was; added up in the type of what is found, and given in that of the rows.
    """
    weight, grad = layer[0], grad.to(layer[0].dtype)
    if found is not None:
        given = rows.to(weight.dtype)
        if found[0].dtype == weight.dtype:
            found[0].addmm_(grad.t(), given)
        else:
            found[0].add_(grad.t() @ given)
        found[1].add_(grad.sum(dim=0, dtype=found[1].dtype))
    return (grad @ weight).to(rows.dtype)


def _deform(weights: _Moving, places: _Places) -> _Deformed:
    means = weights.means
    rows = places.unit.new_empty(len(places.unit), WIDTH + weights.code_width, dtype=means.rows)
    means.kernels.waves_into(places.unit, rows)
    _codes(weights, places, rows, WIDTH)
    one, two = weights.seen
    first = _layer(rows, one)
    second = _layer(first, two)
    loose = displacement(_last(second, weights.layers[2]), places.unit) + places.unit
    return _Deformed(rows, first, second, loose, loose.clamp(0, 1))


def _deform_backward(weights: _Moving, found: _Moving, places: _Places, deformed: _Deformed, grad: Tensor) -> Tensor:
    """From the gradient of where samples are taken to that of the deformation's rows."""
    loose = deformed.loose
    grad = torch.where((loose >= 0) & (loose <= 1), grad, 0)
    (one, two), (to_one, to_two, to_head) = weights.seen, found.layers
    head = weights.layers[2]
    grad = displacement_backward(grad, places.unit, len(head[1]))
    rectified_backward = weights.means.kernels.rectified_backward
    grad = rectified_backward(deformed.second, _layer_backward(deformed.second, head, grad, to_head))
    grad = rectified_backward(deformed.first, _layer_backward(deformed.first, two, grad, to_two))
    return _layer_backward(deformed.rows, one, grad, to_one)


def _decoder_rows(moving: _Moving, decoding: _Decoding, deformed: _Deformed, still: _Places | None) -> Tensor:
    width = decoding.grid_width
    rows = deformed.rows.new_empty(len(deformed.loose), width + moving.code_width)
    moving.means.kernels.encode_into(deformed.unit, decoding.table, decoding.resolutions, rows)
    if still is None:
        rows[:, width:] = deformed.rows[:, WIDTH:]
    else:
        _codes(moving, _Places(deformed.unit, still.lattice, still.planes), rows, width)
    return rows


def _decode(
    moving: _Moving, decoding: _Decoding, deformed: _Deformed, still: _Places | None, direction: Tensor
) -> _Decoded:
    rows = _decoder_rows(moving, decoding, deformed, still)
    hidden = _layer(rows, decoding.dense)
    raw = _last(hidden, decoding.geometry[1])
    tinting = rows.new_empty(len(rows), GEOMETRY + DIRECTIONS)
    tinting[:, :GEOMETRY] = raw[:, 1:]
    moving.means.kernels.harmonics_into(direction, tinting, GEOMETRY)
    tinted = _layer(tinting, decoding.tinted)
    return _Decoded(rows, hidden, raw, tinting, tinted, _last(tinted, decoding.colour[1]).sigmoid_())


def _decode_backward(
    weights: _Decoding, found: _Decoding | None, seen: _Decoded, grad_density: Tensor, grad_colour: Tensor
) -> Tensor:
    """From the gradients of density (N,) and colour (N, 3) to that of the decoder's rows; None found: it is fixed."""
    rectified_backward, last = weights.means.kernels.rectified_backward, weights.colour[1]
    to_first, to_last = (None, None) if found is None else found.colour
    grad = grad_colour * seen.colour * (1 - seen.colour)
    grad = rectified_backward(seen.tinted, _layer_backward(seen.tinted, last, grad, to_last))
    grad = _layer_backward(seen.tinting, weights.tinted, grad, to_first)[:, :GEOMETRY]
    last, (to_first, to_last) = weights.geometry[1], (None, None) if found is None else found.geometry
    dense = seen.raw[:, 0] + DENSITY_OFFSET
    dense = torch.where(dense <= DENSEST, grad_density * dense.exp(), 0)
    grad = torch.cat([dense[:, None], grad.float()], dim=1)
    grad = rectified_backward(seen.hidden, _layer_backward(seen.hidden, last, grad, to_last))
    return _layer_backward(seen.rows, weights.dense, grad, to_first)


class _Values(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        means: _Means,
        places: _Places,
        still: _Places | None,
        direction: Tensor,
        resolutions: tuple[int, ...],
        *flat: Tensor,
    ) -> tuple[Tensor, Tensor]:
        scales, levels = len(places.lattice), len(places.planes)
        own = [parameter.detach() for parameter in flat]
        split = len(own) - _DECODING
        moving, decoding = _Moving(means, own[:split], scales, levels), _Decoding(means, own[split:], resolutions)
        deformed = _deform(moving, places)
        seen = _decode(moving, decoding, deformed, still, direction)
        ctx.given = places, still, moving, decoding, deformed, seen
        return activated(seen.raw[:, 0]), seen.colour.clone()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        places, still, moving, decoding, deformed, seen = ctx.given
        to_moving = moving.without_gradients()
        # Adapting leaves grid and decoder as they are.
        to_decoding = decoding.without_gradients() if any(ctx.needs_input_grad[-_DECODING:]) else None
        rows = _decode_backward(decoding, to_decoding, seen, *grads)
        to_table = None if to_decoding is None else to_decoding.table
        moved = moving.means.kernels.encode_backward(
            deformed.unit, decoding.table, decoding.resolutions, rows, to_table
        )
        codes = _deform_backward(moving, to_moving, places, deformed, moved)
        if still is None:
            codes[:, WIDTH:] += rows[:, decoding.grid_width :]
        else:
            there = _Places(deformed.unit, still.lattice, still.planes)
            _codes_backward(moving, to_moving, there, rows, decoding.grid_width)
        _codes_backward(moving, to_moving, places, codes, WIDTH)
        return (
            None,
            None,
            None,
            None,
            None,
            *to_moving.flat,
            *((None,) * _DECODING if to_decoding is None else to_decoding.flat),
        )


class _Canonical(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, means: _Means, places: _Places, *flat: Tensor) -> Tensor:
        moving = _Moving(means, [own.detach() for own in flat], len(places.lattice), len(places.planes))
        deformed = _deform(moving, places)
        ctx.given = places, moving, deformed
        return deformed.unit

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        places, moving, deformed = ctx.given
        found = moving.without_gradients()
        codes = _deform_backward(moving, found, places, deformed, grads[0])
        _codes_backward(moving, found, places, codes, WIDTH)
        return None, None, *found.flat
