"""Writing files so that nobody ever sees half of one."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from .errors import UserError
from .leftovers import clear_leftovers, mark


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; rename it over `path` when the block succeeds.

    The name is unique, so that two processes that make the same file do not meet. The suffix is kept, because
    image libraries choose the format by it. What killed processes left in the folder goes, once for each folder.

    Raises
    ------
    UserError
        If the folder cannot be made or the file cannot be written (disk full, no permission).
    """
    aside = path.with_name(f".{path.stem}{mark()}{uuid.uuid4().hex[:12]}{path.suffix}")
    _clear_once(path.parent)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield aside
        aside.replace(path)
    except OSError as error:
        raise UserError(
            f"Cannot write {path}: {error.strerror or error}.",
            "Free some disk space or choose a folder you may write to, then try again.",
        ) from error
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)


@cache
def _clear_once(folder: Path) -> None:
    clear_leftovers(folder)


def write_json(path: Path, document: Any) -> None:
    """Write `document` as indented JSON, aside and then renamed."""
    with written_aside(path) as aside, aside.open("w", encoding="utf-8") as stream:
        json.dump(document, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises
    ------
    UserError
        If the file is missing, unreadable or not JSON; the sentence names the line.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError(f"There is no file {path}.") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not readable JSON: {error}.") from error
    except OSError as error:
        raise UserError(f"Cannot read {path}: {error.strerror or error}.") from error
