"""Bake a shot: draw rays, march, compare, step; report, save, stop and go on again."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from ..contract.bake_folder import CHECKPOINT, HISTORY, PICTURE, state_folder
from ..contract.errors import Cancelled, UserError
from ..contract.field_file import FieldHeader
from ..contract.found_noise import TENSOR
from ..contract.messages import Precision, Preset, Progress
from ..device.choice import choose_device
from ..device.threads import keep_freed_memory, run_together
from ..field.model import Field, FieldConfig
from ..field.storage import save_field
from ..footage.exposure import LIGHT_WIDTH, light_of, lights_compared, stated_stops
from ..footage.exposure_matches import measured_stops
from ..footage.hold_out import hold_out
from ..footage.shot import Shot
from ..render.march import make_rays, march
from .attention import Attention
from .bounds import Bounds, find_bounds
from .checkpoint import fingerprint, load_checkpoint, save_checkpoint
from .curriculum import EVERYTHING, frames_shown, lesson, parts_shown
from .fast_motion import FAVOURED, LOOK_AT, fast_frames, find_stretches, measured
from .history import History, Moment
from .landmarks import find_landmarks, measured_landmarks
from .learning import Anchors, Batch, Learnt
from .optimiser import Optimiser
from .picture import BakePicture, forget_picture, middle_frame
from .pixels import PixelPool, Room
from .robust import findings, watch, weigh
from .stepping import EFFORT, SHADED_AT_ONCE, Step, Stepper
from .tracking import Sightings, sightings

Report = Callable[[Progress], None]
Answer = TypeVar("Answer")

_MINUTES = {Preset.PREVIEW: 1.0, Preset.STANDARD: 6.0, Preset.FINAL: 20.0}
_LOOK_EVERY = 8
_LOOKS = 12288
_BLIND_STEPS = 100
"""Steps for which a part of the shot must have been shown before the field is asked where it is empty there."""
_NEVER = 2**31
_JUDGE_EVERY = 200
_MOTION_FIRST = {False: 0.5, True: 0.0}
"""Share of the bake in which the decoder cannot tell instants apart. It would let colours change in place, which
explains pictures sooner than motion does, but no other view; what motion has explained by then stays so. An opaque
world is still for the most part, and loses more than it gains: the codes know much about space, too."""
_GLIMPSE = 10
"""One step in this many is an ordinary one even so: the occupancy is always asked with all that the decoder knows."""
_STIRRING_STEPS = 100
"""Steps in which the deformation comes to its rate. Before the hash grid knows anything, all of space is moved aside
for no reason, and stays there: half of it beyond the cube's edge, at worst."""
_SEGMENT_SECONDS, _SEGMENT_INSTANTS = 5.0, 60
"""A segment of the codes is no shorter than this, and has no fewer pictures one after the other."""
_MOST_TERMS = 64
_LARGE = 400
"""Pixels of a picture's shorter side; of smaller ones finer cells learn later and show no more."""
_MOST_PARTS = 128
"""Parts of the occupancy; each takes a megabyte."""


@dataclass(frozen=True)
class BakeSettings:
    """What an artist chooses.

    `steps` bounds the bake by steps instead of minutes; `device` is auto, cpu or cuda; `precision` may ask for
    what the device gains nothing by. `hold_out` keeps every Nth frame from the bake, to judge it by; 0 keeps none.
    `pixel_memory`, GiB, is what pixels of the footage may take; what does not fit is read again and again;
    None for a gigabyte, or a quarter of what is free on a GPU.
    `curriculum` begins with short stretches, `adaptive` sends more rays to where things move, `fast_motion` gives codes
    over time more knots where things move fast. `sensor` finds the exposure of each picture, `histogram` with the help
    of its histogram; `robust` finds its noise and what of it is faulty, and weighs what is learnt by that. `picture`
    shows what the field looks like while it is baked.
    """

    preset: Preset = Preset.STANDARD
    minutes: float | None = None
    device: str = "auto"
    seed: int = 0
    resume: bool = False
    checkpoint_seconds: float = 30.0
    steps: int | None = None
    precision: Precision = Precision.AUTO
    hold_out: int = 0
    pixel_memory: float | None = None
    curriculum: bool = False
    adaptive: bool = False
    fast_motion: bool = False
    sensor: bool = False
    histogram: bool = True
    robust: bool = False
    picture: bool = True


def bake_shot(
    shot: Shot, output: Path, settings: BakeSettings, report: Report, should_stop: Callable[[], bool]
) -> FieldHeader:
    """Bake a shot into a field file.

    State lies in the folder `OUTPUT.bake/` beside the output, so that a bake that was stopped or killed can go on.

    Raises
    ------
    UserError
        If footage cannot be read, training diverges, memory runs out, or the checkpoint does not fit.
    Cancelled
        If `should_stop` says so; a checkpoint is written and an earlier output kept.
    """
    try:
        return Bake(shot, output, settings, report, should_stop).run()
    except torch.OutOfMemoryError as error:
        raise UserError("The GPU has not enough memory for this bake.", "Choose --device cpu.") from error


class Bake:
    """A bake in progress. `bake_shot` runs one to its end; `step_once` is there for measuring."""

    def __init__(
        self, shot: Shot, output: Path, settings: BakeSettings, report: Report, should_stop: Callable[[], bool]
    ) -> None:
        shot, held = hold_out(shot, settings.hold_out)
        self.pictured = middle_frame(held or shot.frames)
        self.shot, self.output, self.settings = shot, output, settings
        self.report, self.should_stop = report, should_stop
        self.begun = self.told = time.perf_counter()
        torch.manual_seed(settings.seed)
        self.device = choose_device(settings.device)
        keep_freed_memory()
        landmarks = measured_landmarks(shot, settings.seed, should_stop)
        if landmarks is None and not shot.has_alpha:
            landmarks = find_landmarks(shot, should_stop)
        room = Room(
            _pixel_bytes(settings.pixel_memory, self.device), SHADED_AT_ONCE[self.device.type] // 4, settings.curriculum
        )
        self.pool = PixelPool(shot, self.device, settings.seed, should_stop, room, landmarks, self._tell_reading)
        self.attention: Attention | None = None
        if settings.adaptive:
            instants = len({frame.shot_frame for frame in shot.frames})
            self.attention = Attention(self.pool, len(shot.frames), 1 / max(instants - 1, 1), self.device)
        config = _config(shot, find_bounds(shot, landmarks), self.device)
        self.stops: NDArray[np.float32] | None = None
        if settings.sensor:
            self.stated = stated_stops(shot.frames)
            if not self.stated.any():
                self.stops = measured_stops(shot, should_stop, self._tell_reading)
            helped = settings.histogram and self.stops is None
            config = replace(config, pictures=len(shot.frames), light_width=LIGHT_WIDTH * helped)
        config = replace(config, noisy_pictures=len(shot.frames) * settings.robust)
        self.field = Field(config).to(self.device)
        self.field.precision = settings.precision
        self._describe_pictures()
        self.anchors = None if landmarks is None else Anchors.of(landmarks, self.pool, self.device)
        hint = "Bake with another seed, and check the footage for broken pictures."
        self.stepper = Stepper(self.device, EFFORT[self.field.config.opaque], "The bake", hint)
        self.optimiser = Optimiser(self.field)
        self.lesson, self.taught = EVERYTHING, False
        self.sightings: Sightings | None = None
        # Where the host can ask for it without waiting for a GPU.
        self.shown_since = torch.full((self.field.occupancy.parts,), _NEVER if settings.curriculum else 0)
        self.checkpoint, self.noted = state_folder(output) / CHECKPOINT, state_folder(output) / HISTORY
        self.history = History()
        chosen = asdict(replace(settings, resume=False, checkpoint_seconds=0.0))
        del chosen["picture"]
        if self.device.type == "cuda":
            # Its fields have other sizes.
            chosen["device"] = "cuda"
        self.identity = fingerprint(shot, chosen)
        self.budget = 60 * (settings.minutes or _MINUTES[settings.preset])
        self.step, self.seconds, self.psnr, self.loss = 0, 0.0, float("nan"), float("nan")

    def run(self) -> FieldHeader:
        """Bake until the budget is spent; raises as `bake_shot` does."""
        if self.settings.resume and self.checkpoint.exists():
            self.step, self.seconds = load_checkpoint(self.checkpoint, self.field, self.optimiser, self.identity)
            self.shown_since = self.shown_since[:1].expand(self.field.occupancy.parts).clone()
            self.history = History.load(self.noted, self.step)
            self.pool.go_on_from(self.step)
            self.pool.favour(fast_frames(self.shot, self.field), FAVOURED)
        self.report(Progress("preparing", min(self._fraction(), 1.0), step=self.step))
        picture = self._picture()
        saved = told = last = time.perf_counter()
        compiled = False
        traced = 0
        while self._fraction() < 1:
            if self.should_stop():
                self._save()
                raise Cancelled
            traced += self.step_once()
            now = time.perf_counter()
            # The first step compiles kernels where they are not at hand yet, which is no training.
            self.seconds += now - last if compiled else 0.0
            compiled, last = True, now
            if now - told >= 1 or self.step == 1:
                rate = traced / max(now - told, 1e-9)
                self._tell(rate)
                if picture is not None:
                    picture.offer(rate)
                    now = last = time.perf_counter()
                told, traced = now, 0
            if now - saved >= self.settings.checkpoint_seconds:
                self._save()
                saved = time.perf_counter()
        self.psnr = self._judge()
        self._tell(0.0)
        if picture is not None:
            picture.finish()
        header = save_field(self.output, self.field, self._header(), {**self._cameras(), **self._noise()})
        self.checkpoint.unlink(missing_ok=True)
        self.noted.unlink(missing_ok=True)
        return header

    def _picture(self) -> BakePicture | None:
        path = state_folder(self.output) / PICTURE
        if self.step == 0:
            forget_picture(path)
        return BakePicture(self.field, self.pictured, path, self.begun) if self.settings.picture else None

    def _describe_pictures(self) -> None:
        frames = self.shot.frames
        taken = torch.tensor([frame.shot_frame for frame in frames], dtype=torch.float64)
        streams = torch.tensor([frame.stream for frame in frames])
        if self.field.noise is not None:
            self.field.noise.describe(taken, streams)
        if self.field.exposures is not None:
            lights = torch.zeros(len(frames), 0)
            if self.field.config.light_width:
                found = [light_of(self.pool.colours(number), self.shot.encoding) for number in range(len(frames))]
                lights = torch.from_numpy(lights_compared(found))
            self.field.exposures.describe(lights, torch.from_numpy(self.stated), taken, streams)
            if self.stops is not None:
                self.field.exposures.keep(torch.from_numpy(self.stops))

    def _fraction(self) -> float:
        if self.settings.steps is not None:
            return self.step / self.settings.steps
        return self.seconds / self.budget

    def step_once(self) -> int:
        """One step of the optimiser; returns the number of rays."""
        fraction = self._fraction()
        scale = min(1.0, (self.step + 1) / 20) * (0.02 + 0.98 * (1 + math.cos(math.pi * fraction)) / 2)
        self.pool.renew(self.step)
        self._choose_lesson(fraction)
        self._refine(fraction)
        batch = self._draw(fraction)
        self.optimiser.shares["deformation"] = min(self.step / _STIRRING_STEPS, 1.0)
        taken = self.stepper.take(
            self.field,
            self.optimiser,
            batch,
            number=self.step,
            scale=scale,
            fraction=fraction,
            found=self.sightings,
            noting=self._note,
        )
        self.loss, shards, seen = taken.loss, taken.shards, taken.seen
        self.step += 1
        self._look()
        self._watch(shards, taken.parts, fraction)
        if self.attention is not None:
            self.attention.learn(self.field, shards, seen)
        if self.step % _JUDGE_EVERY == 0:
            self.psnr = self._judge()
        return len(batch.jitter)

    def _choose_lesson(self, fraction: float) -> None:
        if not self.settings.curriculum:
            return
        config = self.field.config
        seconds = (config.last_frame - config.first_frame) / self.shot.fps / config.segments
        last, self.lesson = self.lesson, lesson(fraction, seconds, self.shot.fps)
        if self.taught and (last.stretch, last.stride) == (self.lesson.stretch, self.lesson.stride):
            return
        self.pool.show(frames_shown(self.shot, config.segments, self.lesson))
        shown = torch.from_numpy(parts_shown(len(self.shown_since), config.segments, self.lesson))
        # What a bake that goes on was shown when it was stopped, it has been shown for long.
        since = self.step if self.taught else 0
        self.shown_since = torch.where(shown, self.shown_since.clamp(max=since), self.shown_since)
        self.taught = True

    def _refine(self, fraction: float) -> None:
        """Once, and only when the whole shot has been shown for a while."""
        if not self.settings.fast_motion or self.field.config.finer is not None or fraction < LOOK_AT:
            return
        if bool((self.step - self.shown_since >= _BLIND_STEPS).all()):
            finer = self._of_motion(find_stretches)
            self.shown_since = self.shown_since[self.field.refine(finer, self.optimiser.state).cpu()]
            self.pool.favour(fast_frames(self.shot, self.field), FAVOURED)

    def _of_motion(self, ask: Callable[[Shot, Field, Callable[[], bool]], Answer]) -> Answer:
        """What is asked of the field's motion; a bake that is stopped meanwhile goes on from here."""
        try:
            return ask(self.shot, self.field, self.should_stop)
        except Cancelled:
            self._save()
            raise

    def _draw(self, fraction: float) -> Batch:
        """Everything random of a step, so that it does not matter which core works on which part first."""
        draw = self.pool.draw if self.attention is None else self.attention.draw
        count = self.stepper.rays
        pixels, depths = draw(count, self.lesson.coarse), None
        if self.anchors is not None:
            number = torch.randint(len(self.anchors.pixel), (count // 8,), device=self.device)
            pixels = torch.cat([self.anchors.pixel[number], pixels[len(number) :]])
            depths = self.anchors.depth[number]
        jitter = torch.rand(count, 1 + self.stepper.effort.samples, device=self.device)
        background = torch.rand(count, 3, device=self.device)
        timeless = fraction < _MOTION_FIRST[self.field.config.opaque] and self.step % _GLIMPSE > 0
        rays, noise, exposures = self.pool.rays(pixels), self.field.noise, self.field.exposures
        weighing = None if noise is None else weigh(noise, rays, self.pool.places(pixels)[1], fraction)
        stops = None if exposures is None or exposures.learns else exposures()[rays.frames]
        return Batch(rays, depths, jitter, background, timeless, weighing, stops)

    def _watch(self, shards: Sequence[Batch], parts: Sequence[Learnt], fraction: float) -> None:
        """Take note of where the footage disagrees with the field, in the same order whichever core was first."""
        for shard, part in zip(shards, parts, strict=False):
            if self.field.noise is not None and shard.weighing is not None and part.errors is not None:
                watch(self.field.noise, shard.weighing, part.errors, fraction)

    def _note(self, taken: Step) -> None:
        """Take note of what rays have met."""
        known = self._known()
        if bool(known.any()):
            taken.note_in(self.field.occupancy, None if bool(known.all()) else known.to(self.device))
        self.sightings = sightings(self.field, [shard.rays.times for shard in taken.shards], taken.seen)

    def _look(self) -> None:
        """Keep the occupancy up to date, once the field has something to say."""
        anew = self.step - self.shown_since == _BLIND_STEPS
        self.field.occupancy.sweep(self.field, 0.0, anew.nonzero()[:, 0].to(self.device))
        known = self._known()
        if self.step % _LOOK_EVERY == 0 and bool(known.any()):
            parts = known.nonzero()[:, 0].to(self.device)
            self.field.occupancy.look(self.field, _LOOKS, decay=0.7, everywhere=0.3, parts=parts)

    def _known(self) -> torch.Tensor:
        """(P,) bool, parts of the shot of which the field has something to say."""
        return self.step - self.shown_since >= _BLIND_STEPS

    def _judge(self) -> float:
        """PSNR, dB, of rays that are never trained on, over black."""
        squared = run_together([partial(self._errors, index) for index in self.pool.held_out.split(512)])
        return -10 * math.log10(max(float(torch.cat(squared).mean()), 1e-10))

    @torch.no_grad()
    def _errors(self, index: torch.Tensor) -> torch.Tensor:
        drawn = self.pool.rays(index)
        seen = march(
            self.field, make_rays(self.field, drawn.origins, drawn.directions, drawn.times), self.stepper.effort
        )
        stops = None if self.field.exposures is None else self.field.exposures()[drawn.frames]
        return (seen.over(0.0, stops) - drawn.rgba[:, :3] * drawn.rgba[:, 3:]).square().mean(dim=-1)

    def _tell_reading(self, fraction: float) -> None:
        now = time.perf_counter()
        if now - self.told >= 1:
            self.report(Progress("reading", fraction))
            self.told = now

    def _tell(self, rate: float) -> None:
        fraction = min(self._fraction(), 1.0)
        self.history.add(Moment(self.step, self.seconds, self.loss, self.psnr, rate or math.nan))
        left = self.seconds / fraction * (1 - fraction) if fraction > 0 else 0.0
        steps = self.settings.steps or (round(self.step / fraction) if fraction > 0 else 0)
        self.report(Progress("training", fraction, 0, self.step, steps, self.loss, self.psnr, rate, left))

    def _save(self) -> None:
        save_checkpoint(self.checkpoint, self.field, self.optimiser, self.step, self.seconds, self.identity)
        self.history.save(self.noted)

    def _header(self) -> FieldHeader:
        config = self.field.config
        fast_motion = self._of_motion(measured).to_json() if self.settings.fast_motion else None
        versions = {name: metadata.version(name) for name in ("torch", "numpy", "safetensors")}
        return FieldHeader(
            shot=self.shot.name,
            fps=self.shot.fps,
            first_frame=self.shot.first_frame,
            last_frame=self.shot.last_frame,
            frame_count=len(self.shot.frames),
            bounds=(config.low, config.high),
            opaque=config.opaque,
            metres_per_unit=self.shot.metres_per_unit,
            colour_space=self.shot.colour_space,
            training={
                "preset": self.settings.preset.value,
                "seed": self.settings.seed,
                "device": self.device.type,
                **_gpu(self.device),
                "steps": self.step,
                "seconds": round(self.seconds, 3),
                "psnr": round(self.psnr, 3),
                "adaptive": self.settings.adaptive,
                "hold_out": self.settings.hold_out,
                "sensor": self.settings.sensor,
                "histogram": self.settings.histogram,
                "exposures_measured": self.stops is not None,
                "robust": self.settings.robust,
                "precision": self.settings.precision.value,
                "noise": None,
                "fast_motion": fast_motion,
                "history": self.history.to_json(),
            },
            software={"python": ".".join(map(str, sys.version_info[:3])), **versions},
        )

    def _noise(self) -> dict[str, torch.Tensor]:
        noise = self.field.noise
        return {} if noise is None else {TENSOR: torch.from_numpy(findings(noise).to_array())}

    def _cameras(self) -> dict[str, torch.Tensor]:
        cameras = [frame.camera for frame in self.shot.frames]
        return {
            "cameras.matrix": torch.tensor([camera.matrix for camera in cameras], dtype=torch.float64),
            "cameras.intrinsics": torch.tensor(
                [[c.width, c.height, c.fx, c.fy, c.cx, c.cy] for c in cameras], dtype=torch.float64
            ),
            "cameras.shot_frame": torch.tensor([frame.shot_frame for frame in self.shot.frames], dtype=torch.float64),
        }


def _gpu(device: torch.device) -> dict[str, object]:
    """Of the GPU that bakes, if one does: what it is called, and the most memory that was in use."""
    if device.type != "cuda":
        return {}
    return {"gpu": torch.cuda.get_device_name(device), "gpu_peak_bytes": torch.cuda.max_memory_allocated(device)}


def _pixel_bytes(wanted: float | None, device: torch.device) -> float:
    if wanted is not None:
        return wanted * 2**30
    return torch.cuda.mem_get_info(device)[0] / 4 if device.type == "cuda" else 2**30


def _config(shot: Shot, bounds: Bounds, device: torch.device) -> FieldConfig:
    opaque = not shot.has_alpha
    seconds = (shot.last_frame - shot.first_frame + 1) / shot.fps
    instants = len({frame.shot_frame for frame in shot.frames})
    segments = max(1, min(int(seconds / _SEGMENT_SECONDS), instants // _SEGMENT_INSTANTS))
    config = FieldConfig(
        low=bounds.low,
        high=bounds.high,
        opaque=opaque,
        first_frame=shot.first_frame,
        last_frame=shot.last_frame,
        near=bounds.near,
        far=bounds.far,
        segments=segments,
        twists=True,
        trajectory_terms=_terms(seconds / segments, instants / segments),
        occupancy_parts=min(8 * segments, _MOST_PARTS),
        encoding=shot.encoding,
    )
    # A whole world needs finer cells than a subject alone: its box is large and seen from inside. So does a subject of
    # which large pictures show more; only a GPU takes the steps that they need. Its planes stay coarse: what is fine in
    # them belongs to one instant, and learns one view by heart.
    large = all(min(frame.camera.width, frame.camera.height) >= _LARGE for frame in shot.frames)
    if not opaque and (device.type == "cpu" or not large):
        return config
    finer = replace(config, levels=8, log2_entries=17, finest=512)
    return replace(finer, planes=(48, 96)) if opaque else finer


def _terms(seconds: float, instants: float) -> int:
    """Terms of the trajectories over a segment: three swings a second, if the footage has instants enough to tell."""
    return max(min(round(6.4 * seconds), round(instants / 3), _MOST_TERMS), 2)
