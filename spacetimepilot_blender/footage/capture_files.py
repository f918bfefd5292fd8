"""Which captures on disk are known, by a look at the file that somebody has chosen or dropped.

The worker has the last word: it reads the same kinds, and says everything that is wrong with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ...bake.contract.errors import UserError
from ...bake.contract.files import read_json
from ...bake.contract.shot_description import FORMAT, SUFFIX

ENDINGS = (".json", ".bin", ".txt", ".npy", ".qca")
"""How the files begin to be known by which captures are known."""
_COLMAP = ("cameras", "images", "points3D", "rigs", "frames")
_KNOWN = (
    "a transforms.json, a *.shot.json, a file of a COLMAP model, the dataset.json of a Nerfies dataset, "
    "poses_bounds.npy or a *.qca.txt"
)


def capture_of(paths: Iterable[Path]) -> Path:
    """What to name as the shot's capture when these files were chosen: the file that tells of it, or its folder.

    Raises
    ------
    UserError
        If they are of no capture that is known, of several, or missing.
    """
    chosen = list(paths)
    missing = [str(path) for path in chosen if not path.exists()]
    if missing or not chosen:
        raise UserError(f"There is no file {', '.join(missing)}." if missing else "No file was chosen.", _choose())
    found = list(dict.fromkeys(place for path in chosen if (place := _place(path)) is not None))
    if not found:
        names = ", ".join(path.name for path in chosen)
        raise UserError(f"{names} is no capture that can be baked.", _choose())
    if len({place if place.is_dir() else place.parent for place in found}) > 1:
        raise UserError("These files are of several captures.", "Choose one of them at a time.")
    return found[0]


def _choose() -> str:
    return f"Choose {_KNOWN}."


def _place(path: Path) -> Path | None:
    if path.is_dir():
        return _in_folder(path)
    return next((place for look in _LOOKS if (place := look(path)) is not None), None)


def _in_folder(folder: Path) -> Path | None:
    """A folder counts where a file in it does; a COLMAP model may lie deeper."""
    deeper = (folder / "sparse" / "0", folder / "sparse", folder / "colmap" / "sparse" / "0")
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and path.suffix.lower() in ENDINGS]
    models = [place / f"cameras{ending}" for place in deeper for ending in (".bin", ".txt")]
    return folder if any(_place(path) is not None for path in [*files, *models] if path.is_file()) else None


def _described(path: Path) -> Path | None:
    """By its name, even where it is broken, because then a check says where; else by what is in it."""
    name = path.name.lower()
    if name.endswith(SUFFIX) or (name.startswith("transforms") and path.suffix == ".json"):
        return path
    document = _object(path)
    frames = document.get("frames")
    first = frames[0] if isinstance(frames, list) and frames else None
    posed = isinstance(first, dict) and "transform_matrix" in first
    return path if posed or document.get("format") == FORMAT else None


def _nerfies(path: Path) -> Path | None:
    folder = path.parent
    return folder if path.name == "dataset.json" and (folder / "camera").is_dir() else None


def _colmap(path: Path) -> Path | None:
    """A model is its cameras and its images, side by side and written alike."""
    if path.suffix not in (".bin", ".txt") or path.stem not in _COLMAP:
        return None
    whole = all(path.with_name(f"{part}{path.suffix}").is_file() for part in ("cameras", "images"))
    return path.parent if whole else None


def _poses(path: Path) -> Path | None:
    return path if path.name == "poses_bounds.npy" else None


def _qualisys(path: Path) -> Path | None:
    return path if path.name.lower().endswith((".qca.txt", ".qca")) else None


_LOOKS: tuple[Callable[[Path], Path | None], ...] = (_described, _nerfies, _colmap, _poses, _qualisys)


def _object(path: Path) -> dict[str, Any]:
    if path.suffix.lower() != ".json":
        return {}
    try:
        document = read_json(path)
    except UserError:
        return {}
    return document if isinstance(document, dict) else {}
