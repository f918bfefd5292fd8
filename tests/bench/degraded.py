"""Footage as a poor camera would have filmed it, with a truth that nothing was done to.

Run from the top folder: python -m tests.bench.degraded CAPTURE -o FOLDER --faults drift flicker. The copy is a
transforms.json capture of its own; its views to compare with are left as they are.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bake.contract.colour import linear_to_srgb, srgb_to_linear

_DRIFT = 0.5
_FLICKER = 0.15
_ROLLING = 0.1
_SHOT_NOISE, _READ_NOISE = 2e-3, 2e-3
"""Variance of linear light for each unit of light; deviation where there is none."""
_LEVELS = 32
"""To which coarse quantisation rounds what is encoded."""
_DROPPED = _HOT = _COVERED = 0.1
"""Shares of the frames."""
_HOT_STOPS = 2.0
Light = NDArray[np.float32]


class Fault(StrEnum):
    """What goes wrong with a camera."""

    DRIFT = "drift"
    FLICKER = "flicker"
    NOISE = "noise"
    QUANTISED = "quantised"
    ROLLING = "rolling"
    DROPPED = "dropped"
    HOT = "hot"
    COVERED = "covered"


def degrade(source: Path, folder: Path, faults: Sequence[Fault], seed: int, width: int | None = None) -> Path:
    """Write a degraded copy of a transforms file's footage; returns the copy's transforms file.

    The median exposure over the frames is that of the original, so that an undegraded view is what a bake must show.

    Parameters
    ----------
    width : int or None
        Of the copy's pictures, pixels; None for the original's.
    """
    random = np.random.default_rng(seed)
    document = json.loads(source.read_text(encoding="utf-8"))
    frames = document["frames"]
    stops = _stops(len(frames), faults, random)
    covered = _some(len(frames), _COVERED if Fault.COVERED in faults else 0.0, random)
    dropped = _some(len(frames), _DROPPED if Fault.DROPPED in faults else 0.0, random)
    dropped[[0, -1]] = False
    (folder / "images").mkdir(parents=True, exist_ok=True)
    kept = []
    for number, frame in enumerate(frames):
        if dropped[number]:
            continue
        light, alpha = _read(_picture(source.parent, frame["file_path"]), width)
        if Fault.ROLLING in faults:
            rows = np.linspace(0, 2 * np.pi * 3, light.shape[0]) + random.uniform(0, 2 * np.pi)
            light = light * (1 + _ROLLING * np.sin(rows)).astype(np.float32)[:, None, None]
        light = light * np.float32(2.0 ** stops[number])
        if covered[number]:
            _cover(light, alpha, random)
        if Fault.NOISE in faults:
            deviation = np.sqrt(_SHOT_NOISE * np.maximum(light, 0) + _READ_NOISE**2)
            light = light + deviation * random.standard_normal(light.shape).astype(np.float32)
        encoded = linear_to_srgb(np.clip(light, 0, 1).astype(np.float32))
        if Fault.QUANTISED in faults:
            encoded = np.round(encoded * (_LEVELS - 1)) / np.float32(_LEVELS - 1)
        path = f"images/{number:04d}.png"
        picture = encoded if alpha is None else np.concatenate([encoded, alpha], axis=2)
        Image.fromarray((picture * 255 + 0.5).astype(np.uint8)).save(folder / path)
        kept.append({**frame, "file_path": path})
    target = folder / "transforms.json"
    target.write_text(json.dumps({**document, "frames": kept}), encoding="utf-8")
    return target


def stops_of(count: int, faults: Sequence[Fault], seed: int) -> NDArray[np.float64]:
    """(count,) stops by which `degrade` exposes each frame more than the original; the median is about zero."""
    return _stops(count, faults, np.random.default_rng(seed))


def _stops(count: int, faults: Sequence[Fault], random: np.random.Generator) -> NDArray[np.float64]:
    stops = np.zeros(count)
    if Fault.DRIFT in faults:
        stops += _DRIFT * np.sin(np.linspace(0, 2 * np.pi * 1.5, count) + random.uniform(0, 2 * np.pi))
    if Fault.FLICKER in faults:
        stops += np.log2(1 + random.uniform(-_FLICKER, _FLICKER, count))
    stops -= np.median(stops)
    stops[_some(count, _HOT if Fault.HOT in faults else 0.0, random)] += _HOT_STOPS
    return stops


def _some(count: int, share: float, random: np.random.Generator) -> NDArray[np.bool_]:
    chosen = np.zeros(count, dtype=bool)
    chosen[random.permutation(count)[: round(share * count)]] = True
    return chosen


def _cover(light: Light, alpha: Light | None, random: np.random.Generator) -> None:
    """Hold something out of focus, of the colour of skin, before a third of the picture or so."""
    height, width = light.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    place, size = random.uniform(0.2, 0.8, 2), random.uniform(0.2, 0.35, 2)
    distance = np.hypot((x / width - place[0]) / size[0], (y / height - place[1]) / size[1])
    share = np.clip((1.1 - distance) / 0.2, 0, 1).astype(np.float32)[..., None]
    light[:] = light * (1 - share) + np.array([0.35, 0.18, 0.12], dtype=np.float32) * share
    if alpha is not None:
        alpha[:] = np.maximum(alpha, share)


def _read(path: Path, width: int | None) -> tuple[Light, Light | None]:
    """Linear light (H, W, 3) and alpha (H, W, 1), None where there is none."""
    pixels = np.asarray(Image.open(path)).astype(np.float32) / np.float32(255)
    light, alpha = srgb_to_linear(pixels[..., :3]), pixels[..., 3:] if pixels.shape[2] == 4 else None
    if width is None:
        return light, None if alpha is None else alpha.copy()
    size = (width, round(width * light.shape[0] / light.shape[1]))
    if alpha is None:
        return _smaller(light, size), None
    share = _smaller(alpha, size)[..., None]
    straight = _smaller(light * alpha, size) / np.maximum(share, 1e-6)
    return straight.astype(np.float32), share


def _smaller(values: Light, size: tuple[int, int]) -> Light:
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _picture(folder: Path, text: str) -> Path:
    path = folder / text
    return path if path.is_file() else path.with_name(path.name + ".png")


def main() -> None:
    """Degrade one capture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("capture", type=Path, help="a transforms file")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the copy")
    parser.add_argument("--faults", nargs="*", type=Fault, choices=list(Fault), default=[])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--width", type=int, help="of the copy's pictures, pixels")
    arguments = parser.parse_args()
    print(degrade(arguments.capture, arguments.output, arguments.faults, arguments.seed, arguments.width))


if __name__ == "__main__":
    main()
