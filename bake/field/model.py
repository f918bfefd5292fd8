"""The field: joint space-time, from a point, an instant and a direction to density and colour."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

import torch
from torch import Tensor, nn

from ..contract.colour import SRGB, Encoding, Gamut
from ..contract.messages import Precision
from ..device.precision import mixed_precision
from .additions import Addition, AdditionConfig
from .decoder import START_DENSITY, Decoder
from .deformation import Deformation
from .exposures import Exposures
from .hash_grid import HashGrid, level_resolutions
from .kernels import kernels_for
from .latents import TemporalLattice
from .noise import Noise
from .occupancy import Occupancy
from .planes import SpaceTimePlanes
from .segments import Stretch
from .sky import Sky
from .space import to_unit_cube
from .trajectories import Trajectories

DENSITY_SCALE = 8.0
"""Optical depth of one unit of density over one unit of length; keeps what the decoder learns near one."""


@dataclass(frozen=True)
class FieldConfig:
    """Sizes of the field, and the box it lives in (capture space)."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]
    opaque: bool
    first_frame: float
    last_frame: float
    near: float
    """Distance at which rays begin, capture units."""
    far: float
    levels: int = 6
    log2_entries: int = 16
    coarsest: int = 16
    finest: int = 128
    segments: int = 1
    """Equal segments of the shot's time, each with temporal codes of its own."""
    lattice: tuple[int, ...] = (4, 12, 36)
    """Knots over a segment, both ends counted; so are those of the planes."""
    lattice_width: int = 8
    planes: tuple[int, ...] = (32, 64)
    plane_times: tuple[int, ...] = (12, 30)
    hidden: int = 64
    twists: bool = False
    """Whether the deformation says how things turn, too; fields of before say displacements."""
    trajectory_terms: int = 0
    """Of the series by which things are followed through a segment; 0 where nothing was followed."""
    occupancy_parts: int = 8
    """Parts of the whole shot."""
    occupancy_cells: int = 64
    pictures: int = 0
    """Of the footage whose exposures are known; 0 where all count as exposed alike."""
    light_width: int = 0
    """Numbers that describe the light of a picture; 0 where they have no say."""
    noisy_pictures: int = 0
    """Of the footage whose noise is known; 0 where all count as equally true."""
    finer: tuple[Stretch, ...] | None = None
    """Where the finest codes have more knots, and the occupancy twice the parts; None where nobody has looked."""

    encoding: Encoding = SRGB
    """What the colours of the field stand for."""
    additions: tuple[AdditionConfig, ...] = ()
    """What was added behind `last_frame`, which stays the end of the bake; each begins where the one before ends."""
    units: tuple[int, ...] | None = None
    """Hidden units of the deformation's two layers, and of the decoder's for density and for colour, where they are not
    all `hidden`."""
    samples_share: float = 1.0
    """Share of a quality's samples that a ray gets in pictures: a sharp occupancy needs fewer."""
    steps_share: float = 1.0
    """Share of a quality's steps in which a ray is searched in pictures."""

    @property
    def end_frame(self) -> float:
        """The last instant that the field knows, shot frames."""
        return self.additions[-1].last_frame if self.additions else self.last_frame

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads back."""
        document = asdict(self)
        if self.encoding == SRGB:
            # All there was before there was a choice: such fields are the same as then.
            del document["encoding"]
        if not self.additions:
            del document["additions"]
        if not self.twists:
            del document["twists"]
        if self.units is None:
            del document["units"]
        if self.samples_share == 1:
            del document["samples_share"]
        if self.steps_share == 1:
            del document["steps_share"]
        return document

    @property
    def hidden_units(self) -> tuple[int, int, int, int]:
        """Of the deformation's first and second layer, and of the decoder's for density and for colour."""
        first, second, density, colour = self.units or (self.hidden,) * 4
        return first, second, density, colour

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> FieldConfig:
        """Rebuild from a header; lists become tuples."""
        values: dict[str, Any] = {}
        for key, value in document.items():
            values[key] = tuple(value) if isinstance(value, list) else value
        if values.get("finer"):
            values["finer"] = tuple((float(start), float(end), int(times)) for start, end, times in values["finer"])
        if "encoding" in values:
            stored = values["encoding"]
            values["encoding"] = Encoding(float(stored["peak"]), Gamut(stored["gamut"]))
        values["additions"] = tuple(AdditionConfig.from_json(one) for one in document.get("additions", ()))
        return cls(**values)


class Field(nn.Module):
    """Hash grid, deformation and decoder of DESIGN, with one shot's temporal codes.

    Density is per unit of the box's mean edge, so that a shot's scale does not matter to the optimiser.
    """

    STILL = 0.5
    """The instant that stands for all of them where the decoder cannot tell them apart."""

    low: Tensor
    high: Tensor

    def __init__(self, config: FieldConfig) -> None:
        super().__init__()
        self.config = config
        self.precision = Precision.AUTO
        self.register_buffer("low", torch.tensor(config.low, dtype=torch.float32))
        self.register_buffer("high", torch.tensor(config.high, dtype=torch.float32))
        self.unit_length = float((self.high - self.low).mean())
        """Capture units of one unit of density length."""
        self.grid = HashGrid(level_resolutions(config.levels, config.coarsest, config.finest), 2**config.log2_entries)
        self.lattice = TemporalLattice(config.lattice, config.lattice_width, config.segments)
        self.planes = SpaceTimePlanes(config.planes, config.plane_times, config.segments)
        codes = self.lattice.width + self.planes.width
        first, second, density, colour = config.hidden_units
        self.deformation = Deformation(codes, first, second, config.twists)
        self.decoder = Decoder(self.grid.width + codes, density, colour)
        self.sky = Sky() if config.opaque else None
        self.exposures = Exposures(config.pictures, config.light_width) if config.pictures else None
        self.noise = Noise(config.noisy_pictures, config.encoding.white) if config.noisy_pictures else None
        self.occupancy = Occupancy(config.occupancy_parts, config.occupancy_cells, start=START_DENSITY)
        terms = config.trajectory_terms
        self.trajectories = Trajectories(terms, config.segments) if terms else None
        self.additions = nn.ModuleList()
        if config.finer:
            self.refine(config.finer, {})
        self.config = replace(config, additions=())
        for one in config.additions:
            self.append(one)

    def refine(self, stretches: Sequence[Stretch], moments: Mapping[Tensor, dict[str, Any]]) -> Tensor:
        """Give even codes more knots where stretches say so; until it is trained further, the field says the same.

        Parameters
        ----------
        moments : mapping
            What an optimiser remembers of the field's parameters; see `Knots.refine`.

        Returns
        -------
        (P,) int64, for each part of the occupancy which one it was before.
        """
        self.config = replace(self.config, finer=tuple(stretches))
        if not stretches:
            return torch.arange(self.occupancy.parts, device=self.low.device)
        for knots in (self.lattice.scales[-1], self.planes.levels[-1]):
            knots.refine(stretches, moments)
        return self.occupancy.refine(stretches)

    def append(self, config: AdditionConfig) -> Addition:
        """Add time behind the end, in which the field stays as it is there; nothing before it changes."""
        start, end = self.span_of(config, self.config.end_frame)
        added = self.addition(config, start, end)
        last = self._within(self.latest) if self.latest is not None else self
        own = self.low.new_full((1,), start)
        added.begin_as(
            last.lattice, last.planes, last.deformation, own if self.latest is None else self.latest.own_time(own)
        )
        self.additions.append(added.to(self.low.device))
        self.occupancy.append(start, end, config.parts)
        self.config = replace(self.config, additions=(*self.config.additions, config))
        return added

    def span_of(self, config: AdditionConfig, after: float) -> tuple[float, float]:
        """Where an addition that begins at a shot frame has its first and its last knot, in the field's own time."""
        return self.time_of(after), self.time_of(after + config.frames)

    def addition(self, config: AdditionConfig, start: float, end: float) -> Addition:
        """An addition to this field that says nothing in particular yet, and is no part of it."""
        own = self.config
        return Addition(config, start, end, own.lattice_width, own.planes, own.hidden_units[:2], own.twists)

    @property
    def _fused(self) -> bool:
        return kernels_for(self.low.device) is not None

    @property
    def latest(self) -> Addition | None:
        """The last addition."""
        return cast("Addition", self.additions[-1]) if len(self.additions) else None

    def reach(self, shot_frame: float) -> None:
        """Let the last addition know instants up to a shot frame."""
        *before, last = self.config.additions
        self.config = replace(self.config, additions=(*before, replace(last, last_frame=shot_frame)))

    def trim(self) -> None:
        """Forget whole segments of the last addition that lie behind the last instant it knows."""
        *before, config = self.config.additions
        start = before[-1].last_frame if before else self.config.last_frame
        needed = max(math.ceil((config.last_frame - start) / config.segment_frames - 1e-9), 1)
        long = self.latest
        if long is None or needed == config.segments:
            return
        shorter = config.of_segments(needed)
        end = self.time_of(start + shorter.frames)
        short = self.addition(shorter, long.start, end)
        short.take_from(long)
        self.additions[-1] = short.to(self.low.device)
        self.occupancy.cut(end, shorter.parts)
        self.config = replace(self.config, additions=(*before, shorter))

    def normalised_time(self, shot_frame: float) -> float:
        """Shot frame to [0, 1] over the shot as it was baked, and on beyond 1 over what was added."""
        return self.time_of(min(max(shot_frame, self.config.first_frame), self.config.end_frame))

    def time_of(self, shot_frame: float) -> float:
        """As `normalised_time`, of any frame."""
        span = self.config.last_frame - self.config.first_frame
        return (shot_frame - self.config.first_frame) / span if span > 0 else 0.0

    def to_unit(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Capture space to the unit cube; see `space.to_unit_cube`."""
        return to_unit_cube(points, self.low, self.high, self.config.opaque)

    def forward(self, unit: Tensor, time: Tensor, direction: Tensor, timeless: bool = False) -> tuple[Tensor, Tensor]:
        """Density (N,) and encoded colour (N, 3) of points in the unit cube, instants and unit directions.

        Parameters
        ----------
        timeless : bool
            Whether the decoder gets the codes of one and the same instant, at canonical places, and no direction, so
            that only the deformation can tell instants apart. Where one camera filmed, a direction is one as well.
        """
        if self._goes_on(time):
            density, colour = self._joined(time, lambda own, of, when: own(unit[of], when, direction[of], timeless))
            return density, colour
        if self._fused:
            from .model_fused import values

            return values(self, unit, time, direction, timeless)
        return self.reference(unit, time, direction, timeless)

    def reference(self, unit: Tensor, time: Tensor, direction: Tensor, timeless: bool = False) -> tuple[Tensor, Tensor]:
        """The definition of `forward`, in plain torch."""
        with mixed_precision(unit.device, torch.is_grad_enabled(), self.precision):
            towards = torch.zeros_like(direction) if timeless else direction
            return self.decoder(self._seen_by_decoder(unit, time, timeless), towards)

    def density(self, unit: Tensor, time: Tensor) -> Tensor:
        """Density (N,) alone."""
        if self._goes_on(time):
            return self._joined(time, lambda own, of, when: (own.density(unit[of], when),))[0]
        if self._fused:
            from .model_fused import density

            return density(self, unit, time)
        return self.density_reference(unit, time)

    def density_reference(self, unit: Tensor, time: Tensor) -> Tensor:
        """The definition of `density`, in plain torch."""
        with mixed_precision(unit.device, torch.is_grad_enabled(), self.precision):
            return self.decoder.density(self._seen_by_decoder(unit, time))

    def canonical(self, unit: Tensor, time: Tensor) -> Tensor:
        """Where points of these instants lie in the space that all instants share: (N, 3), in the unit cube as they."""
        if self._goes_on(time):
            return self._joined(time, lambda own, of, when: (own.canonical(unit[of], when),))[0]
        if self._fused:
            from .model_fused import canonical

            return canonical(self, unit, time)
        return self.canonical_reference(unit, time)

    def canonical_reference(self, unit: Tensor, time: Tensor) -> Tensor:
        """The definition of `canonical`, in plain torch."""
        return self._moved(unit, self.codes(unit, time))

    def _goes_on(self, time: Tensor) -> bool:
        """Whether instants (N,) lie in what was added."""
        return len(self.additions) > 0 and bool((time > cast("Addition", self.additions[0]).start).any())

    def _joined(self, time: Tensor, ask: Callable[[Field, Tensor, Tensor], tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
        """What each stretch of time says of the samples in it, in the order of (N,) instants.

        Parameters
        ----------
        ask : callable
            What a field of one stretch alone says of (K,) int64 samples at (K,) instants of its own.
        """
        starts = [cast("Addition", added).start for added in self.additions]
        # As many additions begin before each instant; at its very start, an addition has no say yet.
        number = torch.searchsorted(time.new_tensor(starts), time.detach().contiguous())
        order, found = [], []
        for place in number.unique().tolist():
            added = cast("Addition", self.additions[place - 1]) if place else None
            of = (number == place).nonzero()[:, 0]
            order.append(of)
            when = time[of]
            found.append(ask(self._within(added), of, when if added is None else added.own_time(when)))
        if len(found) == 1:
            return found[0]
        back = torch.cat(order).argsort()
        return tuple(torch.cat(parts)[back] for parts in zip(*found, strict=True))

    def at(self, time: float) -> tuple[Field, float]:
        """The field of the one stretch in which an instant lies, without additions, and the instant as that counts."""
        if not len(self.additions):
            return self, time
        begun = [own for added in self.additions if time > (own := cast("Addition", added)).start]
        if not begun:
            return self._within(None), time
        return self._within(begun[-1]), float(begun[-1].own_time(self.low.new_tensor([time])))

    def _within(self, added: Addition | None) -> Field:
        """The field with the codes and the deformation of one stretch alone; everything is shared."""
        own = copy(self)
        own._modules = {**self._modules, "additions": nn.ModuleList()}
        if added is not None:
            own._modules |= added.blocks()
        return own

    def _moved(self, unit: Tensor, codes: Tensor) -> Tensor:
        return (unit + self.deformation(unit, codes).float()).clamp(0, 1)

    def codes(self, unit: Tensor, time: Tensor) -> Tensor:
        """The temporal codes that deformation and decoder see: (N, 3) and (N,) to (N, C)."""
        return torch.cat([self.lattice(time), self.planes(unit, time)], dim=-1)

    def _seen_by_decoder(self, unit: Tensor, time: Tensor, timeless: bool = False) -> Tensor:
        codes = self.codes(unit, time)
        moved = self._moved(unit, codes)
        if timeless:
            codes = self.codes(moved.detach(), torch.full_like(time, self.STILL))
        return torch.cat([self.grid(moved), codes], dim=-1)
