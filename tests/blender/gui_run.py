"""An artist's first day in the complete Blender with its window: install, bake, scrub, composite, render, by mouse.

    python tests/blender/gui_run.py             # pictures of every step come to build/screenshots/
    python tests/blender/gui_run.py newcomer    # the first hour: set the worker up, load the sample, first frame

Needs `real-blender`, a script that runs a Blender in a Debian folder of its own under a virtual screen: where
SPACETIMEPILOT_REAL_BLENDER says, or in ../shared/tools. That folder is SPACETIMEPILOT_REAL_BLENDER_FOLDER, or made in
build/, which takes some minutes once. Without the tool this run is skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.analytic_field import make_analytic_field
from tests.blender.package import build_package
from tests.blender.wheels import make_wheels
from tests.footage.making import make_capture

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
SCREENSHOTS = BUILD / "screenshots"
WORK = BUILD / "gui"
"""Everything that Blender sees of this machine, beside the worker's packages."""
_SECONDS = 1800
_SCRIPTS = {
    "artist": (("artist",), ("viewport",), ("timely",), ("finishing",), ("scrubbing",), ("plug",)),
    "newcomer": (("newcomer",), ("reopened", "first.blend")),
}
"""Who runs which scripts, each in a Blender of its own, and the .blend it is started with."""
_NEWCOMERS = {"SPACETIMEPILOT_PYTHON": "", "SIZE": "1280x800"}
_CHANGES = {"newcomer": _NEWCOMERS, "reopened": _NEWCOMERS, "scrubbing": {"SIZE": "640x480"}}
"""What is different for some of the scripts."""


def main(who: str = "artist") -> int:
    """Run the day, or the newcomer's hour; 0 if all went well or there is no such Blender here."""
    tool = Path(os.environ.get("SPACETIMEPILOT_REAL_BLENDER", ROOT / "../shared/tools/real-blender")).resolve()
    why_not = _why_not(tool)
    if why_not:
        print(f"SKIPPED: the run in the complete Blender: {why_not}")
        return 0
    folder = Path(os.environ.get("SPACETIMEPILOT_REAL_BLENDER_FOLDER", BUILD / "real-blender"))
    if not (folder / "usr/bin/blender").is_file():
        print(f"Setting up Blender in {folder}: this takes some minutes.", flush=True)
        subprocess.run([str(tool), "setup", str(folder)], check=True, stdout=subprocess.DEVNULL)
    package = _prepare(who)
    blender = [str(tool), "run", str(folder), "--", "blender"]
    if who != "newcomer":  # who installs it in the window
        words = ["--command", "extension", "install-file", "-r", "user_default", "--enable", str(package)]
        _run([*blender, *words])
    print(f"Blender's window is open; the {who} is at work.", flush=True)
    status = 0
    for script, *opened in _SCRIPTS.get(who, ((who,),)):
        words = [str(tool), "gui", str(folder), str(ROOT / f"tests/blender/gui/{script}.py")]
        words += [str(WORK / f"screenshots/{script}_end.png"), *(str(WORK / name) for name in opened)]
        status = status or _run(words, check=False, **_CHANGES.get(script, {}))
    shutil.copytree(WORK / "screenshots", SCREENSHOTS, dirs_exist_ok=True)
    if (WORK / "rendered.png").is_file():
        shutil.copy(WORK / "rendered.png", SCREENSHOTS)
    if who == "artist":
        status = status or _farm(blender)
    print(f"{'Passed' if status == 0 else 'FAILED'}; the pictures are in {SCREENSHOTS}")
    return status


def _farm(blender: Sequence[str]) -> int:
    """What a farm does with the artist's .blend: exit codes of the complete program, in every usual way."""
    shot, out = str(WORK / "shot.blend"), str(WORK / "farm_")
    command = [*blender, "-b", shot, "--command", "spacetimepilot"]
    wanted = {
        "doctor": ([*command, "doctor"], 0),
        "render": ([*command, "render", "--frames", "2", "3", "--output", out], 0),
        "-f": ([*blender, "-b", shot, "-o", out, "-f", "5"], 0),
        "-a": ([*blender, "-b", shot, "-o", out, "-s", "6", "-e", "7", "-a"], 0),
        "wrong command": ([*command, "dance"], 2),
    }
    found = {name: _run(words, check=False) for name, (words, _) in wanted.items()}
    missing = [number for number in (2, 3, 5, 6, 7) if not Path(f"{out}{number:04d}.png").is_file()]
    shutil.rmtree(WORK / "spacetimepilot_plates")
    (WORK / "shot.stp").unlink()
    wanted["without the field"] = ([*blender, "-b", shot, "-o", out, "-f", "8"], 1)
    found["without the field"] = _run(wanted["without the field"][0], check=False)
    wrong = {name: code for name, code in found.items() if code != wanted[name][1]}
    if wrong or missing or Path(f"{out}0008.png").exists():
        print(f"FAILED: exit codes {wrong}; frames {missing} are missing")
        return 1
    return 0


def _why_not(tool: Path) -> str:
    if not tool.is_file():
        return f"{tool} is not here (SPACETIMEPILOT_REAL_BLENDER names another)"
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "it has to be run as root"
    return ""


def _prepare(who: str) -> Path:
    """A fresh folder with the package and a Python for the worker; for the artist a small capture and another field."""
    shutil.rmtree(WORK, ignore_errors=True)
    (WORK / "screenshots").mkdir(parents=True)
    (WORK / "user").mkdir()
    if who == "artist":
        make_capture(WORK / "footage", count=24, size=(160, 120))
        make_analytic_field(WORK / "other.stp")
    make_wheels(WORK / "wheels", _packages())
    # Only this folder and the packages reach the other Debian, so the interpreter itself has to be a copy.
    venv.create(WORK / "worker", symlinks=False, with_pip=False)
    site = next((WORK / "worker/lib").glob("python*")) / "site-packages"
    (site / "packages.pth").write_text(f"{_packages()}\n", encoding="utf-8")
    return build_package(WORK)


def _packages() -> Path:
    """The folder with this interpreter's packages, the worker's among them."""
    return next(Path(path) for path in sys.path if path.endswith("site-packages")).resolve()


def _run(command: Sequence[str], check: bool = True, **changes: str) -> int:
    standard = Path(sys.base_prefix)
    # An interpreter from /usr must not hide the other Debian's own /usr.
    python = standard / "lib" / f"python3.{sys.version_info.minor}" if standard == Path("/usr") else standard
    environment = {
        **os.environ,
        "BIND": f"{WORK} {_packages()} {python}",
        "SIZE": "1600x1000",
        "LIMIT": str(_SECONDS),
        "BLENDER_USER_RESOURCES": str(WORK / "user"),
        "SPACETIMEPILOT_HOME": str(WORK / "user" / "bakes"),
        "SPACETIMEPILOT_PYTHON": str(WORK / "worker/bin/python"),
        "SPACETIMEPILOT_GUI_FOOTAGE": str(WORK / "footage"),
        "SPACETIMEPILOT_GUI_WORK": str(WORK),
        **changes,
    }
    return subprocess.run(command, env=environment, check=check, timeout=_SECONDS + 120).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
