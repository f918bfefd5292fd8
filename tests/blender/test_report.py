"""The button that opens a report: off without one, and then the right page."""

from __future__ import annotations

from pathlib import Path

from bake.contract.report_file import report_page
from tests.blender.fields import write_box_field
from tests.blender.harness import Blender


def test_the_report_beside_the_field_is_opened(blender: Blender, tmp_path: Path) -> None:
    field, handed = tmp_path / "a shot.stp", tmp_path / "handed.txt"
    write_box_field(field)
    browser = tmp_path / "browser.sh"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > "{handed}.aside" && mv "{handed}.aside" "{handed}"\n')
    browser.chmod(0o755)
    page = report_page(field)
    found = blender.run("open_report", field, page, handed, env={"BROWSER": f"{browser} %s"}).values
    assert not found["before"] and "There is no report beside a shot.stp" in found["refusal"]
    assert found["after"] and found["result"] == ["FINISHED"]
    assert found["unopened"], "without a window nothing is opened"
    assert f"The report is {page}" in found["told"]
    assert found["handed"] == page.as_uri()
