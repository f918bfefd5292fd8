"""The report of a small bake: sound, honest, whole in itself; and a bake that stays good without one."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bake.contract.field_file import read_header
from bake.contract.report_file import report_page, report_picture
from tests.commands.conftest import run_worker
from tests.footage.making import edited, make_capture

BAKE = ("--preset", "preview", "--sensor", "--steps", 60, "--device", "cpu", "--hold-out", 4)
_VOID = {"meta", "img"}


class Page(HTMLParser):
    """Reads a page, and raises where its tags do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.names: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action")]
        self.names += [value or "" for name, value in attrs if name == "id"]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_capture(tmp_path_factory.mktemp("footage"), count=12, size=(48, 36))


@pytest.fixture(scope="module")
def field(footage: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("field") / "ball.stp"
    done = run_worker("bake", footage, "-o", path, *BAKE)
    assert done.returncode == 0, done.stderr
    return path


def test_the_bake_leaves_a_page_that_is_whole_in_itself(field: Path) -> None:
    text = report_page(field).read_text(encoding="utf-8")
    page = Page(text)
    assert page.addresses and all(address.startswith(("data:image/", "#")) for address in page.addresses)
    assert "http" not in text and "<script" not in text and "@import" not in text
    assert len(page.names) == len(set(page.names)), "charts must not share the names of their parts"
    assert read_header(field).content_hash in text
    for words in ("Held-out frames beside the field", "Where re-filming holds", "How the bake went", "every 4th frame"):
        assert words in page.text


def test_the_figures_are_those_of_evaluate(field: Path, footage: Path, tmp_path: Path) -> None:
    assert read_header(field).frame_count == 9
    whole = json.loads(footage.read_text(encoding="utf-8"))
    held = whole["frames"][2::4]
    truth = edited(make_capture(tmp_path, count=12, size=(48, 36)), lambda document: document.update(frames=held))
    done = run_worker("evaluate", field, "--footage", truth, "--exposure-of", "filmed", "--device", "cpu", "--json")
    found = json.loads(done.stdout.splitlines()[-1])
    text = Page(report_page(field).read_text(encoding="utf-8")).text
    assert f"{found['psnr']:.2f} dB, SSIM {found['ssim']:.4f}, FLIP {found['flip']:.4f}" in text
    assert len(found["frames"]) == 3
    for frame in found["frames"]:
        assert f"{frame['psnr']:.2f} dB   SSIM {frame['ssim']:.4f}   FLIP {frame['flip']:.4f}" in text


def test_the_picture_is_of_the_same(field: Path) -> None:
    with Image.open(report_picture(field)) as opened:
        assert opened.width == 1586 and opened.height > 2500
        pixels = np.asarray(opened.convert("RGB"))
    assert (pixels[:, :40] == 255).all() and pixels.std() > 10


def test_it_can_be_made_again_against_test_footage_but_not_of_other_footage(
    field: Path, footage: Path, tmp_path: Path
) -> None:
    other = make_capture(tmp_path, count=10, size=(48, 36))
    done = run_worker("report", field, other, "--device", "cpu")
    assert done.returncode == 1 and "is not the footage that" in done.stderr
    done = run_worker(
        "report", field, footage, "--test", other, "--frames", 2, "--longest", 24, "--device", "cpu", "--json"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["path"] == str(report_page(field))
    text = Page(report_page(field).read_text(encoding="utf-8")).text
    assert "2 of 10 frames of the test footage" in text and "Compared at 24x18 pixels" in text


def test_a_report_that_cannot_be_written_leaves_the_bake_good(footage: Path, tmp_path: Path) -> None:
    output = tmp_path / "ball.stp"
    report_picture(output).write_text("of yesterday's bake")
    report_page(output).mkdir()
    done = run_worker("bake", footage, "-o", output, *BAKE)
    assert done.returncode == 0 and "The field is baked, but" in done.stderr, done.stderr
    assert read_header(output).frame_count == 9


def test_without_a_report_none_of_an_earlier_bake_is_left(footage: Path, tmp_path: Path) -> None:
    output = tmp_path / "ball.stp"
    report_page(output).write_text("of yesterday's bake")
    done = run_worker("bake", footage, "-o", output, *BAKE, "--no-report")
    assert done.returncode == 0 and output.exists()
    assert not report_page(output).exists() and not report_picture(output).exists()


@pytest.mark.parametrize("number", ["1", "-3", "x"])
def test_a_senseless_number_to_hold_out(number: str) -> None:
    assert run_worker("bake", "x", "-o", "y.stp", "--hold-out", number).returncode == 2
