"""Footage in any colour space: what a file holds becomes light, what the field keeps gives the same light back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bake.contract.colour import SRGB, Encoding, Gamut
from bake.contract.colour_spaces import Recorded
from bake.contract.errors import UserError
from bake.contract.shot_description import Alpha
from bake.footage import Shot, examine, read_shot
from bake.footage.colour import BUILT_IN
from bake.footage.pixels import load_light, load_pixels, load_shown
from tests.blender.harness import VERSIONS, wheel_python
from tests.footage.chart import BLENDERS_CONFIG, encoded, front, make_chart, patches, places
from tests.footage.making import make_capture

EXACT = 5e-3
"""Share of a patch's brightest channel by which each may be off: PNG files have 16 bits, log curves are steep."""


def config_of(name: str) -> str:
    """The OpenColorIO configuration of a Blender by its version, or of a name."""
    if name not in VERSIONS:
        return name
    found = next(wheel_python(name).parent.parent.glob(BLENDERS_CONFIG), None)
    if found is None:
        pytest.skip(f"Blender {name} is not here; make .venv-blender-{name} sets it up")
    return str(found)


def read_off(shot: Shot, load: object) -> np.ndarray:
    """(24, 3) what a shot's frames show of the patches, the same in all of them."""
    frames = [frame for frame in shot.frames if np.allclose(frame.camera.matrix, front().matrix, atol=1e-6)]
    x, y = places(front()).T.astype(int)
    return load(frames[0])[y, x, :3]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("config", "space", "brightest", "gamut"),
    [
        ("5.2", "ARRI LogC3 (EI800)", 20.0, Gamut.REC2020),
        ("5.2", "ACEScct", 60.0, Gamut.REC2020),
        ("5.2", "Rec.2020", 1.0, Gamut.REC2020),
        ("4.5", "Filmic Log", 12.0, Gamut.REC709),
        ("4.5", "Display P3", 1.0, Gamut.REC2020),
        (BUILT_IN, "S-Log3 S-Gamut3.Cine", 20.0, Gamut.REC2020),
    ],
)
def test_a_chart_keeps_its_light(tmp_path: Path, config: str, space: str, brightest: float, gamut: Gamut) -> None:
    known, config = patches(brightest), config_of(config)
    path = make_chart(tmp_path, encoded(known, space, config))
    shot = read_shot(path, recorded=Recorded(space, config))
    room = EXACT * known.max(axis=1, keepdims=True) + 2e-4
    assert np.all(np.abs(read_off(shot, load_light) - known) < room), "light"
    kept = read_off(shot, load_pixels)
    assert kept.min() >= 0 and kept.max() <= 1 and shot.encoding.gamut is gamut
    assert np.all(np.abs(shot.encoding.decode(kept) - known) < room), "what the field learns stands for that light"
    assert (shot.encoding.peak == 1) == (brightest == 1) and brightest <= shot.encoding.peak <= 4 * brightest
    shown = read_off(shot, load_shown)
    np.testing.assert_allclose(shown, np.clip(SRGB.encode(np.clip(known, 0, 1)), 0, 1), atol=6e-3)
    assert shot.colour_space == space


def test_openexr_keeps_light_beyond_white_if_asked_to(tmp_path: Path) -> None:
    known = patches(30.0)
    path = make_chart(tmp_path, known, suffix=".exr")
    plain = read_shot(path)
    assert plain.encoding == SRGB
    np.testing.assert_allclose(SRGB.decode(read_off(plain, load_pixels)), np.clip(known, 0, 1), atol=1e-3)
    full = read_shot(path, recorded=Recorded("lin_rec709", BUILT_IN))
    assert full.encoding == Encoding(64, Gamut.REC709)
    np.testing.assert_allclose(full.encoding.decode(read_off(full, load_pixels)), known, rtol=1e-4, atol=1e-6)


def test_openexr_is_divided_by_alpha_once(tmp_path: Path) -> None:
    shot = read_shot(make_chart(tmp_path, patches(0.9), suffix=".exr"))
    frame = shot.frames[0]
    said = replace(frame, picture=replace(frame.picture, alpha=Alpha.PREMULTIPLIED))
    np.testing.assert_array_equal(load_pixels(said), load_pixels(frame))


def test_srgb_stays_as_it_is(tmp_path: Path) -> None:
    path = make_capture(tmp_path, count=6)
    for said, plain in zip(read_shot(path, recorded=Recorded("sRGB")).frames, read_shot(path).frames, strict=True):
        assert said.picture.colour.plain and said.picture.colour.encoding == SRGB
        np.testing.assert_array_equal(load_pixels(said), load_pixels(plain))


@pytest.mark.parametrize(
    ("space", "config", "words"),
    [
        ("ARRI LogC", BUILT_IN, ('"ARRI LogC"', "is not in", '"ARRI LogC3 (EI800)"', '"ARRI LogC4"')),
        ("Raw", BUILT_IN, ('"Raw" is for data',)),
        ("ACEScct", "nowhere/config.ocio", ("nowhere/config.ocio cannot be read", "--ocio")),
    ],
)
def test_what_is_not_known_is_told(tmp_path: Path, space: str, config: str, words: tuple[str, ...]) -> None:
    path = make_capture(tmp_path, count=6)
    with pytest.raises(UserError) as told:
        examine(path, recorded=Recorded(space, config))
    assert all(word in str(told.value) for word in words), str(told.value)
