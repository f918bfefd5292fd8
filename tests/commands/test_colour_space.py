"""Log footage from the command line: baked, rendered as light, compared with what was filmed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from bake.contract.field_file import read_header
from bake.footage.colour import BUILT_IN
from tests.footage.chart import encoded, front, make_chart, patches, places
from tests.footage.making import write

ROOT = Path(__file__).resolve().parents[2]
SPACE = "ARRI LogC3 (EI800)"
STEPS = 150
LEARNT = 0.25
"""Share by which a patch may be off in the mean after so short a bake, of its brightest channel."""


def bake(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bake", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False)


def test_log_footage_comes_out_as_light(tmp_path: Path) -> None:
    known = patches(12.0)[[2, 3, 5, 8, 13, 19]]
    blocks = np.arange(6).reshape(2, 3).repeat(2, axis=0).repeat(2, axis=1).ravel()
    footage = make_chart(tmp_path / "chart", encoded(known[blocks], SPACE, BUILT_IN))
    field, colour = tmp_path / "chart.stp", ("--colour-space", SPACE, "--ocio", BUILT_IN)
    done = bake("bake", footage, "-o", field, "--steps", STEPS, "--no-report", "--no-picture", *colour)
    assert done.returncode == 0, done.stderr
    header = read_header(field)
    assert header.colour_space == SPACE and header.model["encoding"] == {"peak": 32.0, "gamut": "rec2020"}

    view = {"file_path": "front", "time": 0.5, "transform_matrix": front().camera_to_world.tolist()}
    document = json.loads(footage.read_text(encoding="utf-8"))
    cameras = write(tmp_path / "cameras.json", document | {"frames": [view]})
    done = bake("render", field, "--cameras", cameras, "-o", tmp_path, "--format", "exr")
    assert done.returncode == 0, done.stderr
    x, y = places(front()).T.astype(int)
    seen = read_picture_of_field(tmp_path / "front.exr")[y, x]
    off = np.abs(seen[:, :3] - known[blocks]) / known[blocks].max(axis=1, keepdims=True)
    assert off.mean() < LEARNT and seen[:, :3].max() > 8, (off.mean(axis=1), seen.max())

    judged = bake("evaluate", field, "--footage", footage, "--json", *colour)
    assert judged.returncode == 0, judged.stderr
    wrong = bake("evaluate", field, "--footage", footage, "--json")
    figures = [json.loads(told.stdout.splitlines()[-1])["psnr"] for told in (judged, wrong)]
    assert figures[0] > figures[1] + 5, "truth that is taken for sRGB is another truth"


def read_picture_of_field(path: Path) -> np.ndarray:
    import OpenEXR

    with OpenEXR.File(str(path), separate_channels=True) as file:
        channels = file.channels()
        return np.stack([channels[f"Field.{letter}"].pixels.astype(np.float32) for letter in "RGBA"], axis=-1)


def test_an_unknown_colour_space_is_told_before_anything_is_baked(tmp_path: Path) -> None:
    footage = make_chart(tmp_path / "chart", patches(1.0))
    done = bake("bake", footage, "-o", tmp_path / "chart.stp", "--colour-space", "LogC3", "--ocio", BUILT_IN)
    assert done.returncode != 0 and not (tmp_path / "chart.stp").exists()
    assert '"LogC3" is not in' in done.stderr and f'"{SPACE}"' in done.stderr, done.stderr
