"""Cuts the docs' pictures of Blender's window out of the screenshots that `gui_run.py newcomer` has left.

make docs-pictures          # the run, then this
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "build/screenshots"
PICTURES = ROOT / "docs/pictures"
_MOST_BYTES = 100_000
_COLOURS = 256


@dataclass(frozen=True)
class Cut:
    """A part of a screenshot of 1280x800 pixels.

    Parameters
    ----------
    box : four ints
        Left, top, right, bottom; in pixels from the top left corner.
    width : int
        Of the picture in pixels; 0 leaves them as they are.
    """

    screenshot: str
    box: tuple[int, int, int, int]
    width: int = 0


_VIEWPORT = (0, 28, 1052, 778)
"""The 3D viewport with its sidebar, and the timeline below."""
CUTS = {
    "first_install.png": Cut("first_0_install", (240, 340, 708, 520)),
    "first_tab.png": Cut("first_1_no_worker", (764, 84, 1052, 700)),
    "first_set_up.png": Cut("first_4_setting_up", (236, 312, 930, 368)),
    "first_doctor.png": Cut("first_5_doctor", (236, 644, 930, 780)),
    "first_lacks.png": Cut("first_3_lacks", (236, 553, 930, 780)),
    "first_scrub.png": Cut("first_10_scrubbing", _VIEWPORT, 620),
    "first_time.png": Cut("first_12_time", (764, 84, 1052, 722)),
    "first_frame.png": Cut("first_frame", (0, 0, 640, 480), 480),
    "baking.png": Cut("first_7_baking", (764, 268, 1052, 722)),
    "field.png": Cut("first_12_frozen", (560, 28, 1052, 722)),
    "viewport.png": Cut("first_11_scrubbed", _VIEWPORT, 620),
}
STEPS = (
    *("0_install", "2_preferences", "5_doctor", "6_sample", "7_baking", "8_baked", "9_field", "10_scrubbing"),
    *("12_time", "12_frozen", "13_orbiting", "13_orbited", "14_compositing", "15_rendered", "16_undone", "19_reopened"),
)
"""The whole hour, small, for `first_hour.jpg`."""
_COLUMNS, _THUMBNAIL = 4, (300, 188)


def main() -> int:
    """Write all of them; 1 if a screenshot is missing or a picture has become too large."""
    wrong = [message for name, cut in CUTS.items() if (message := _write(PICTURES / name, cut))]
    wrong += _write_steps(PICTURES / "first_hour.jpg")
    print("\n".join(wrong) or f"{len(CUTS) + 1} pictures are in {PICTURES}. Look at them before you commit them.")
    return 1 if wrong else 0


def _write_steps(path: Path) -> list[str]:
    """All steps side by side, row by row."""
    sources = [SCREENSHOTS / f"first_{step}.png" for step in STEPS]
    missing = [f"{source} is not there: run gui_run.py newcomer first" for source in sources if not source.is_file()]
    if missing:
        return missing
    width, height = _THUMBNAIL
    sheet = Image.new("RGB", (width * _COLUMNS, height * -(-len(sources) // _COLUMNS)))
    for number, source in enumerate(sources):
        row, column = divmod(number, _COLUMNS)
        small = Image.open(source).convert("RGB").resize(_THUMBNAIL, Image.Resampling.LANCZOS)
        sheet.paste(small, (column * width, row * height))
    sheet.save(path, quality=75, optimize=True)
    return []


def _write(path: Path, cut: Cut) -> str:
    source = SCREENSHOTS / f"{cut.screenshot}.png"
    if not source.is_file():
        return f"{source} is not there: run gui_run.py newcomer first"
    picture = Image.open(source).convert("RGB").crop(cut.box)
    if cut.width:
        picture = picture.resize(
            (cut.width, round(picture.height * cut.width / picture.width)), Image.Resampling.LANCZOS
        )
    picture.quantize(_COLOURS).save(path, optimize=True)
    size = path.stat().st_size
    return f"{path} has {size:,} bytes, more than {_MOST_BYTES:,}" if size > _MOST_BYTES else ""


if __name__ == "__main__":
    sys.exit(main())
