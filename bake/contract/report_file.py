"""Where the report of a bake lies: two files beside the field file, one to read and one to look at."""

from __future__ import annotations

from pathlib import Path


def report_page(field_file: Path) -> Path:
    """The page, `SHOT.report.html` beside `SHOT.stp`."""
    return field_file.with_name(f"{field_file.stem}.report.html")


def report_picture(field_file: Path) -> Path:
    """The same as one picture, `SHOT.report.png`."""
    return field_file.with_name(f"{field_file.stem}.report.png")


def remove_report(field_file: Path) -> None:
    """Take away a report that is not of this field any more."""
    report_page(field_file).unlink(missing_ok=True)
    report_picture(field_file).unlink(missing_ok=True)
