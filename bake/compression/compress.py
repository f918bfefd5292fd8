"""From a field file to a smaller one: prune, clear, learn again, pack, and say what that costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from ..contract.compression import KEY, Compression
from ..contract.errors import UserError
from ..contract.field_file import FieldHeader, read_cameras, read_header
from ..contract.files import written_aside
from ..contract.messages import Progress
from ..device.choice import choose_device
from ..device.threads import keep_freed_memory
from ..field.model import Field
from ..field.storage import Packing, found_noise, load_field, pack_field, write_packed
from ..footage.hold_out import hold_out
from ..footage.shot import Shot
from ..render.march import make_rays, march
from ..render.sampling import Effort
from ..training.pixels import PixelPool, Room
from .belonging import demand_same_shot
from .cameras import KeptCameras
from .fine_tuning import fine_tune
from .measuring import Comparison, measured
from .pruning import pruned
from .teaching import Footage, Original, Teacher
from .visibility import clear_unseen, seen_weights

_SAMPLES = {False: 1 / 3, True: 5 / 12}
"""Share of a quality's samples: *Standard* then has as many as a bake gives, to which the field has adapted."""
_STEPS = {False: 0.6, True: 0.8}
"""Share of a quality's steps: a sharp occupancy is found with fewer."""
_RAYS_A_PART = {False: 80_000, True: 40_000}
_MOST_RAYS = 1_600_000
"""Of all parts, so that what clearing costs does not grow with the shot; nor has a part more than there are pixels."""
_JUDGED = 4000
"""Rays whose samples say how much a hidden unit counts."""
_SHOWS = 0.05
_MEMORY = 0.5
"""GiB for pixels of the footage."""


@dataclass(frozen=True)
class CompressSettings:
    """What is asked for.

    `prune` is the share of hidden units to remove. `keep_floats` rounds nothing. `full_sampling` leaves cells and
    samples as they are. `minutes` or `steps` bound what is learnt afterwards.
    """

    prune: float = 0.3
    keep_floats: bool = False
    full_sampling: bool = False
    minutes: float = 1.0
    steps: int | None = None
    seed: int = 0
    device: str = "auto"


def compress(
    source: Path,
    output: Path,
    footage: Shot | None,
    test: Shot | None,
    settings: CompressSettings,
    report: Callable[[Progress], None],
    should_stop: Callable[[], bool],
) -> Compression:
    """Write a smaller field, and return what that came to.

    Parameters
    ----------
    footage : Shot or None
        What the field was baked from; without it the field itself is the teacher.
    test : Shot or None
        Pictures to compare with that the bake has not seen.

    Raises
    ------
    UserError
        If the field cannot be read, is compressed already or was adapted, output and input are one, the footage is
        another shot's, or the output cannot be written.
    Cancelled
        If `should_stop` says so; an earlier output is kept.
    """
    header = read_header(source)
    _demand_fit(source, output, header)
    cameras = read_cameras(source)
    torch.manual_seed(settings.seed)
    keep_freed_memory()
    original = load_field(source, settings.device)
    kept = KeptCameras(original, cameras)
    held = None
    if footage is not None:
        footage, held = hold_out(footage, int(header.training.get("hold_out", 0)))
        demand_same_shot(footage, cameras, header)
    report(Progress("pruning", 0.0))
    field = pruned(original, settings.prune, *_judges(original, kept))
    cells = 1.0
    if not settings.full_sampling:
        cells = _clear(field, original, kept, report, should_stop)
    teacher = _teacher(footage, original, kept, settings, should_stop)
    with _set_aside(field, keep_exposures=footage is not None):
        tuned = fine_tune(
            field,
            teacher,
            steps=settings.steps,
            seconds=60 * settings.minutes,
            should_stop=should_stop,
            tell=lambda done: report(Progress("learning", done)),
        )
    comparison = Comparison.of(cameras, footage, held, test)
    packed = pack_field(field, _kept_cameras(source), Packing.EXACT if settings.keep_floats else Packing.EIGHT)
    with written_aside(output) as aside:
        write_packed(aside, packed, header)
        smaller = load_field(aside, settings.device)
        before, after = measured(
            comparison,
            (original, smaller),
            (source.stat().st_size, aside.stat().st_size),
            should_stop,
            lambda done: report(Progress("comparing", done)),
        )
        found = Compression(
            of=header.content_hash,
            pruned=settings.prune,
            eight_bits=not settings.keep_floats,
            cells=round(cells, 4),
            samples=round(field.config.samples_share, 4),
            teacher="field" if footage is None else "footage",
            steps=tuned.steps,
            seed=settings.seed,
            compared=comparison.kind,
            pictures=len(comparison.frames),
            device=choose_device(settings.device).type,
            before=before,
            after=after,
        )
        told = replace(header, training={**header.training, KEY: found.to_json()})
        write_packed(aside, packed, told)
    report(Progress("comparing", 1.0))
    return found


def _demand_fit(source: Path, output: Path, header: FieldHeader) -> None:
    if output.exists() and source.samefile(output):
        raise UserError("The output is the field itself.", "Name another file; the original is worth keeping.")
    if header.training.get(KEY):
        raise UserError(f"{source} is compressed already.", "Compress the field that it was made from.")
    if header.model.get("additions"):
        raise UserError(
            f"{source} was adapted to more footage, which compressing would leave as large as it is.",
            "Compress the field that was baked, then adapt what comes of it.",
        )


def _judges(field: Field, cameras: KeptCameras) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Samples that pictures show: where, when, and from which direction they are seen."""
    origins, directions, times = cameras.rays(_JUDGED)
    with torch.no_grad():
        seen = march(field, make_rays(field, origins, directions, times), Effort(192, 24, 1e-5))
    shown = -torch.expm1(-seen.optical) > _SHOWS
    if not bool(shown.any()):
        shown = torch.ones_like(shown)
    ray = seen.samples.ray()[shown]
    towards = torch.nn.functional.normalize(directions, dim=-1)
    return seen.samples.unit[shown], times[ray], towards[ray]


def _clear(
    field: Field,
    original: Field,
    cameras: KeptCameras,
    report: Callable[[Progress], None],
    should_stop: Callable[[], bool],
) -> float:
    opaque, parts = field.config.opaque, field.occupancy.parts
    rays = min(_RAYS_A_PART[opaque], _MOST_RAYS // parts, cameras.pixels)
    weights = seen_weights(original, cameras, rays, should_stop, lambda done: report(Progress("looking", done)))
    field.config = replace(field.config, samples_share=_SAMPLES[opaque], steps_share=_STEPS[opaque])
    return clear_unseen(field, weights)


def _teacher(
    footage: Shot | None,
    original: Field,
    cameras: KeptCameras,
    settings: CompressSettings,
    should_stop: Callable[[], bool],
) -> Teacher:
    if footage is None:
        return Original(original, cameras)
    device = original.low.device
    return Footage(PixelPool(footage, device, settings.seed, should_stop, Room(_MEMORY * 2**30, 2048, coarse=False)))


@contextmanager
def _set_aside(field: Field, *, keep_exposures: bool) -> Iterator[None]:
    """Without what says how the footage was exposed and how noisy it is: the original shows neither."""
    exposures, noise = field.exposures, field.noise
    field.noise = None
    if not keep_exposures:
        field.exposures = None
    try:
        yield
    finally:
        field.exposures, field.noise = exposures, noise
        field.eval().requires_grad_(False)


def _kept_cameras(source: Path) -> dict[str, torch.Tensor]:
    cameras = read_cameras(source)
    named = {"matrix": cameras.matrices, "intrinsics": cameras.intrinsics, "shot_frame": cameras.shot_frames}
    kept = {f"cameras.{name}": torch.from_numpy(values) for name, values in named.items()}
    return {**kept, **found_noise(source)}
