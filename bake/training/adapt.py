"""Adapt a field file: take what arrives, instant by instant, and write a new version beside the old one."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from ..contract.adaptation import KEY, Adaptation
from ..contract.compression import KEY as COMPRESSED
from ..contract.errors import Cancelled, UserError
from ..contract.field_file import FieldHeader, FootageCameras, read_cameras
from ..contract.messages import Progress
from ..field.storage import Packing, found_noise, load_field, save_field
from ..footage.arriving import Source, Waiting
from ..footage.going_on import Instant
from ..footage.shot import Frame
from .adapting import Adapting, AdaptSettings
from .arrivals import read_arrival

_LOOK_SECONDS = 0.1


def adapt_field(
    base: Path,
    header: FieldHeader,
    source: Source,
    output: Path,
    settings: AdaptSettings,
    report: Callable[[Progress], None],
    should_stop: Callable[[], bool],
) -> FieldHeader:
    """Adapt a field to what a source brings, and write the new version; the old file is only read.

    Raises
    ------
    UserError
        If nothing comes, footage cannot be read, adapting diverges, or the file cannot be written.
    Cancelled
        If `should_stop` says so; nothing is written.
    """
    field = load_field(base, settings.device)
    if field.config.last_frame <= field.config.first_frame:
        raise UserError(f"The field {base} knows a single instant, so that no motion can go on from it.")
    # What was fixed when the file was read stays so; only what is added learns.
    waiting, seen = Waiting(settings.buffer), list[Instant]()
    adapting = Adapting(field, settings, should_stop)
    report(Progress("waiting" if source.total == 0 else "adapting", 0.0))
    while True:
        if should_stop():
            raise Cancelled
        waiting.add(source.look())
        instant = waiting.take()
        if instant is None:
            if source.over:
                break
            time.sleep(_LOOK_SECONDS)
            continue
        adapting.look_out(instant[0].shot_frame, instant)
        adapting.meet(*read_arrival(instant, settings.seed, adapting.device))
        seen.append(instant)
        report(_progress(adapting, source, waiting, instant))
    if not seen:
        raise UserError(
            "No new frames came.", "Check that pictures appear where the transforms file says, or wait longer: --idle."
        )
    reached = adapting.finish()
    frames = [frame for instant in seen for frame in instant]
    told = Adaptation(
        of=header.content_hash,
        first_frame=frames[0].shot_frame,
        last_frame=frames[-1].shot_frame,
        instants=len(seen),
        dropped=waiting.dropped,
        pictures=len(frames),
        budget=settings.budget,
        steps=reached.steps,
        step_ms=reached.step_ms,
        before=reached.before,
        after=reached.after,
        left=adapting.left,
    )
    training = {**header.training, KEY: [*header.training.get(KEY, ()), told.to_json()]}
    longer = replace(
        header,
        last_frame=field.config.end_frame,
        frame_count=header.frame_count + len(frames),
        training=training,
    )
    # What was rounded once codes well as it is.
    packing = Packing.EXACT if training.get(COMPRESSED) else Packing.PLAIN
    kept = {**_cameras(read_cameras(base), frames), **found_noise(base)}
    return save_field(output, field, longer, kept, packing)


def _progress(adapting: Adapting, source: Source, waiting: Waiting, instant: Instant) -> Progress:
    done = adapting.instants + waiting.dropped
    fraction = done / source.total if source.total else 0.0
    to_go = (source.total - done) * adapting.seconds / max(adapting.instants, 1) if source.total else 0.0
    left = f", {adapting.left_now:.0%} of it outside the bounds" if adapting.left_now else ""
    return Progress(
        f"frame {instant[0].shot_frame:g}{left}",
        min(fraction, 1.0),
        step=done,
        steps=source.total,
        loss=adapting.loss,
        seconds_left=max(to_go, 0.0),
    )


def _cameras(baked: FootageCameras, frames: Sequence[Frame]) -> dict[str, Tensor]:
    """Cameras of the bake and of new frames, each camera's in the order of time, one camera after the other."""
    streams: dict[int, list[tuple[list[float], list[float], float]]] = defaultdict(list)
    for number, own in enumerate(baked.streams()):
        for matrix, intrinsics, when in zip(own.matrices, own.intrinsics, own.shot_frames, strict=True):
            streams[number].append((matrix.ravel().tolist(), intrinsics.tolist(), float(when)))
    for frame in sorted(frames, key=lambda frame: frame.shot_frame):
        c = frame.camera
        streams[frame.stream].append((list(c.matrix), [c.width, c.height, c.fx, c.fy, c.cx, c.cy], frame.shot_frame))
    rows = [row for number in sorted(streams) for row in streams[number]]
    matrices, intrinsics, when = (torch.tensor(own, dtype=torch.float64) for own in zip(*rows, strict=True))
    return {"cameras.matrix": matrices, "cameras.intrinsics": intrinsics, "cameras.shot_frame": when}
