"""Which room may import what, read from the source without running it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BLENDER = frozenset(
    {"addon_utils", "aud", "bl_math", "bl_operators", "bl_ui", "blf", "bmesh", "bpy", "bpy_extras", "bpy_types"}
    | {"freestyle", "gpu", "gpu_extras", "idprop", "imbuf", "mathutils"}
)
"""Modules that exist inside Blender alone."""
HOST = ("spacetimepilot_blender", "operators", "panels")
_ANY = frozenset({"*"})


@dataclass(frozen=True)
class Rule:
    """What a room may import beside itself and the standard library."""

    rooms: frozenset[str]
    """Other rooms of the project."""
    packages: frozenset[str]
    """Top-level packages from outside; "*" stands for all but Blender's."""


def _rule(rooms: str, packages: frozenset[str]) -> Rule:
    return Rule(frozenset(rooms.split()), packages)


RULES = {
    "__init__": _rule("spacetimepilot_blender operators panels", BLENDER),
    "panels": _rule("operators spacetimepilot_blender", BLENDER),
    "operators": _rule("spacetimepilot_blender bake.contract", BLENDER),
    "spacetimepilot_blender": _rule("bake.contract", BLENDER | {"numpy", "openvdb", "PyOpenColorIO"}),
    "bake.contract": _rule("", frozenset({"numpy"})),
    "bake.environment": _rule("bake.contract", frozenset()),
    "bake.device": _rule("bake.contract", _ANY),
    "bake.footage": _rule("bake.contract", _ANY),
    "bake.field": _rule("bake.contract bake.device", _ANY),
    "bake.render": _rule("bake.contract bake.device bake.field bake.footage", _ANY),
    "bake.training": _rule("bake.contract bake.device bake.field bake.footage bake.render", _ANY),
    "bake.compression": _rule("bake.contract bake.device bake.field bake.footage bake.render bake.training", _ANY),
    "bake.report": _rule("bake.contract bake.device bake.field bake.footage bake.render", _ANY),
    "bake.serving": _rule("bake.contract bake.device bake.field bake.render", _ANY),
    "bake.commands": _rule(
        "bake.compression bake.contract bake.device bake.environment bake.field bake.footage bake.render bake.report "
        "bake.serving bake.training",
        _ANY,
    ),
    "bake.__main__": _rule("bake.commands", frozenset()),
    "bake.__init__": _rule("", frozenset()),
}
"""The table of the architecture. A room that is not here has no place yet: give it a row."""


def offences(root: Path) -> list[str]:
    """Every import below `root` that breaks the rules, as "file:line: what is wrong"."""
    found = []
    for path in _modules(root):
        parts = path.relative_to(root).with_suffix("").parts
        for line, imported in _imports(path, parts):
            wrong = _judge(_room(parts), imported)
            if wrong:
                found.append(f"{path.relative_to(root).as_posix()}:{line}: {wrong}")
    return found


def _modules(root: Path) -> Iterator[Path]:
    yield from root.glob("__init__.py")
    for room in (*HOST, "bake"):
        yield from sorted((root / room).rglob("*.py"))


@dataclass(frozen=True)
class _Import:
    inside: bool
    """Whether the import is relative, so that `parts` counts from the top of the project."""
    parts: tuple[str, ...]


def _imports(path: Path, parts: tuple[str, ...]) -> Iterator[tuple[int, _Import | None]]:
    """Line and target of each import; None where a relative import leaves the project."""
    package = parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, _Import(False, tuple(alias.name.split(".")))
        elif isinstance(node, ast.ImportFrom):
            up = node.level - 1
            base = package[: len(package) - up] if node.level else ()
            named = tuple((node.module or "").split(".")) if node.module else ()
            for alias in node.names:
                outside = up > len(package)
                yield node.lineno, None if outside else _Import(bool(node.level), (*base, *named, alias.name))


def _room(parts: tuple[str, ...]) -> str:
    """The row of the table that a module, or a name in one, belongs to."""
    if parts[0] != "bake":
        return parts[0]
    return ".".join(parts[:2]) if len(parts) > 1 else "bake.__init__"


def _judge(room: str, imported: _Import | None) -> str:
    """What is wrong with an import of `room`, or "" if nothing is."""
    if room not in RULES:
        return f"{room} has no row in the table of rooms"
    if imported is None:
        return "a relative import that leaves the extension"
    if imported.inside:
        target = _room(imported.parts)
        # `from .. import __package__` asks for the extension's own name.
        welcome = target == room or target in RULES[room].rooms or target.startswith("__")
        return "" if welcome else f"{room} may not import {target}"
    top = imported.parts[0]
    if top in (*HOST, "bake"):
        return f"{top} is imported by its absolute name, which an installed extension does not have"
    packages = RULES[room].packages
    allowed = top in packages or (packages == _ANY and top not in BLENDER) or top in sys.stdlib_module_names
    return "" if allowed else f"{room} may not import {top}"
