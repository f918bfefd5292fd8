"""The report tells how the exposure of the footage changes, whether the bake kept that out of the field or not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bake.contract.report_file import report_page
from bake.footage import read_shot
from bake.report.material import Order
from bake.report.report import make_report
from bake.training.bake import BakeSettings, bake_shot
from tests.bench.degraded import Fault, degrade
from tests.bench.quality import BOOKS
from tests.footage.making import make_capture


def page_of(capture: Path, folder: Path, sensor: bool = False) -> str:
    shot, path = read_shot(capture), folder / "shot.stp"
    bake_shot(shot, path, BakeSettings(device="cpu", steps=2, sensor=sensor), lambda _: None, lambda: False)
    make_report(Order(path, capture, shot, device="cpu", longest=48, frames=2), lambda: False, lambda _: None)
    return report_page(path).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def breathing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return degrade(BOOKS, tmp_path_factory.mktemp("breathing"), (Fault.DRIFT,), 0, 64)


def test_a_bake_that_takes_frames_as_alike_says_what_that_hides_and_what_to_do(breathing: Path, tmp_path: Path) -> None:
    page = page_of(breathing, tmp_path)
    assert "Exposure of the footage" in page
    ranges = [float(stops) for stops in re.findall(r"lie (\d\.\d+) stops", page)]
    assert len(ranges) == 2 and ranges[0] == ranges[1], "above and by the chart"
    assert 0.8 < ranges[0] < 1.3, "a drift of half a stop up and down, and what the camera chose itself"
    assert page.count("Bake with Find Exposures (--sensor) to keep it out") == 2


def test_a_bake_that_keeps_them_out_shows_what_it_found(breathing: Path, tmp_path: Path) -> None:
    page = page_of(breathing, tmp_path, sensor=True)
    assert "They are kept out of the field" in page and "to keep it out" not in page
    assert "measured on what neighbouring frames both show" in page


def test_where_nothing_tells_nothing_is_said(tmp_path: Path) -> None:
    assert "Exposure of the footage" not in page_of(make_capture(tmp_path / "ball", count=6), tmp_path)
