"""The list of this user's bakes on this machine: one small file a bake, so that two Blenders never write the same one.

An entry only says where a bake's state lies and how the bake was asked for; how it stands, its state folder says.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .errors import UserError
from .files import write_json
from .own_folder import own_folder

MOST = 200


@dataclass(frozen=True)
class Listed:
    """A bake of this user. `blend` is the .blend that asked for it, "" if none did; `started` is ISO 8601, UTC."""

    output: str
    footage: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    blend: str = ""
    started: str = ""


def enlist(entry: Listed) -> None:
    """Put a bake on the list; an older one of the same output gives its place to it, the oldest of `MOST` its own.

    Raises
    ------
    UserError
        If the list cannot be written.
    """
    write_json(_file(entry.output), asdict(entry))
    for old in listed()[MOST:]:
        strike(old.output)


def listed() -> list[Listed]:
    """All bakes of the list, those that began last first; entries that cannot be read are passed over."""
    found = []
    for path in _folder().glob("*.json"):
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            document = json.loads(path.read_text(encoding="utf-8"))
            texts = {name: str(document[name]) for name in ("output", "footage", "blend", "started")}
            found.append(Listed(settings=dict(document["settings"]), **texts))
    return sorted(found, key=lambda entry: (entry.started, entry.output), reverse=True)


def strike(output: str) -> None:
    """Take a bake off the list; its files stay.

    Raises
    ------
    UserError
        If the list cannot be written.
    """
    try:
        _file(output).unlink(missing_ok=True)
    except OSError as error:
        raise UserError(
            f"Cannot change the list of bakes in {_folder()}: {error.strerror or error}.", "Make it writable."
        ) from error


def _folder() -> Path:
    return own_folder() / "bakes"


def _file(output: str) -> Path:
    return _folder() / f"{hashlib.sha256(output.encode()).hexdigest()[:24]}.json"
