"""Builds and validates the extension's zip with Blender's own tool, which the bpy wheel carries.

python tests/blender/package.py [FOLDER]        # FOLDER is build/ unless given
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKED = frozenset(
    {"__init__.py", "blender_manifest.toml", "LICENSE", "spacetimepilot_blender", "operators", "panels", "bake"}
    | {"demo/footage/hand_books"}
)
"""All that an artist's Blender receives: the only files and folders in the zip."""
_TOOL = ".venv-blender-*/lib/python*/site-packages/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py"


class PackageError(Exception):
    """The package cannot be built, or would hold what it must not."""


def build_package(folder: Path) -> Path:
    """Build the zip into `folder` and return its path; an older one of the same version is replaced.

    Raises
    ------
    PackageError
        If Blender's tool is missing, complains, or packs a name that is not in `PACKED`.
    """
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
    name = f"{manifest['id']}-{manifest['version']}.zip"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".package-") as aside:
        built = Path(aside) / name
        _tool("build", "--source-dir", str(ROOT), "--output-filepath", str(built))
        _tool("validate", str(built))
        _check_names(built)
        return built.replace(folder / name)


def _tool(*words: str) -> None:
    tools = sorted(ROOT.glob(_TOOL))
    if not tools:
        raise PackageError("Blender's packaging tool is not here; `make .venv-blender-4.5` installs it.")
    done = subprocess.run([sys.executable, str(tools[0]), *words], capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise PackageError(f"blender_ext {words[0]} says:\n{done.stdout}{done.stderr}")


def packed(name: str) -> bool:
    """Whether a file of the zip is one of `PACKED`, or in such a folder."""
    parts = name.rstrip("/").split("/")
    return any("/".join(parts[:depth]) in PACKED for depth in range(1, len(parts) + 1))


def _check_names(package: Path) -> None:
    with zipfile.ZipFile(package) as opened:
        names = opened.namelist()
    strangers = sorted({name.split("/")[0] for name in names if not packed(name)})
    if strangers:
        raise PackageError(
            f"The package would hold {', '.join(strangers)}. "
            "Add each to paths_exclude_pattern in blender_manifest.toml, or to PACKED if artists need it."
        )


if __name__ == "__main__":
    try:
        print(build_package(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build"))
    except PackageError as error:
        sys.exit(str(error))
