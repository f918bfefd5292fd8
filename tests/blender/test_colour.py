"""Colour in Blender: from the footage's colour space to the scene's working space, in renders and in viewports."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import PyOpenColorIO as ocio
import pytest
import torch

from bake.contract.colour import Encoding, Gamut
from bake.contract.shot_description import read_shot_description
from bake.field.storage import load_field, save_field
from tests.analytic_field import make_soft_field
from tests.blender.fields import write_box_field
from tests.blender.harness import Blender
from tests.blender.test_exact import FIELD_COLOUR
from tests.blender.test_frames import read_picture
from tests.blender.test_occlusion import linear
from tests.footage.making import make_capture

LIGHT = np.array([6.0, 2.5, 0.4], dtype=np.float32)
"""Scene-linear Rec.709, of a box that is brighter than white."""
ENCODING = Encoding(32.0, Gamut.REC2020)
ACES = "cg-config-v1.0.0_aces-v1.3_ocio-v2.1"
"""A studio's configuration, whose working space is ACEScg; every Blender that is supported reads it."""


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """A field of a box that shows `LIGHT` at any time, from any side."""
    path = tmp_path / "box.stp"
    header = write_box_field(path, half=1.5)
    field = load_field(path, "cpu")
    last = field.decoder.colour[2]
    last.weight.zero_()
    last.bias.copy_(torch.logit(torch.from_numpy(ENCODING.encode(LIGHT))))
    field.occupancy.density.fill_(1e3)
    field.config = replace(field.config, encoding=ENCODING)
    save_field(path, field, header, {})
    return path


@pytest.fixture
def studio(tmp_path: Path) -> str:
    path = tmp_path / "studio.ocio"
    path.write_text(ocio.Config.CreateFromBuiltinConfig(ACES).serialize(), encoding="utf-8")
    return str(path)


def in_acescg(light: np.ndarray) -> np.ndarray:
    config = ocio.Config.CreateFromBuiltinConfig(ACES)
    return np.array(config.getProcessor("lin_rec709_srgb", "ACEScg").getDefaultCPUProcessor().applyRGB(light.tolist()))


def seen_in(found: dict[str, object]) -> np.ndarray:
    picture = read_picture(Path(str(found["picture"])))
    height, width = picture.shape[:2]
    middle = picture[height // 2 - 3 : height // 2 + 3, width // 2 - 3 : width // 2 + 3]
    assert middle[..., 3].min() > 0.99
    return np.asarray(middle[..., :3].mean(axis=(0, 1)))


def assert_right(found: dict[str, object], wanted: np.ndarray) -> None:
    np.testing.assert_allclose(seen_in(found), wanted, rtol=0.01, atol=0.01)
    for name, shown in found["viewport"].items():  # type: ignore[attr-defined]
        # Four stops darker nothing clips, and display light is scene light; tables and eight bits cost a little.
        np.testing.assert_allclose(shown, LIGHT / 16, rtol=0.06, atol=0.004, err_msg=name)


def test_light_beyond_white_reaches_render_and_viewport(blender: Blender, tmp_path: Path, box: Path) -> None:
    working = "" if blender.version == "4.5" else "ACEScg"
    found = blender.run("colour", tmp_path, box, working, "sRGB", "Standard", timeout=400).values
    assert found["spaces"] == ["Linear Rec.709"]
    assert_right(found, in_acescg(LIGHT) if working else LIGHT)


def test_a_studios_configuration(blender: Blender, tmp_path: Path, box: Path, studio: str) -> None:
    words = (tmp_path, box, "", "sRGB - Display", "Un-tone-mapped")
    found = blender.run("colour", *words, timeout=400, env={"OCIO": studio}).values
    assert found["spaces"] == ["Linear Rec.709 (sRGB)"]
    assert_right(found, in_acescg(LIGHT))


def test_footage_says_what_it_was_recorded_in(blender: Blender, tmp_path: Path) -> None:
    capture = make_capture(tmp_path / "footage", count=8, size=(48, 36))
    found = blender.run("colour_of_footage", tmp_path, capture).values
    assert found["of a clip"] == "sRGB" and found["of the clip, taken over"] == "Filmic Log"
    assert "8 pictures" in found["checked"], found
    shot = read_shot_description(Path(found["description"]))
    assert shot.streams[0].colour_space == "Filmic Log" and Path(shot.ocio).name == "config.ocio"
    assert Path(shot.ocio).is_file()
    assert all(word in found["unknown"] for word in ('"Filmic Lag"', '"Filmic Log"')), found["unknown"]
    assert found["capture"] == {"colour_space": "Filmic Log", "ocio": shot.ocio}
    assert not found["no clip"], "greyed out"


def test_a_volume_shines_in_a_studios_working_space(blender: Blender, tmp_path: Path, studio: str) -> None:
    make_soft_field(tmp_path / "soft.stp", FIELD_COLOUR)
    found = blender.run("volume_colour", tmp_path, tmp_path / "soft.stp", timeout=300, env={"OCIO": studio}).values
    picture = read_picture(Path(found["picture"]))
    seen = picture[picture[..., 3] > 0.5]
    assert len(seen) > 20
    shares = (seen[:, :3] / seen[:, 3:]).mean(axis=0)
    np.testing.assert_allclose(shares, in_acescg(np.asarray(linear(FIELD_COLOUR))), rtol=0.03, atol=0.005)
