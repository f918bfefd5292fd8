"""Imports point one way: panels, operators, the scene's side, the contract; the worker stands apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.import_rules import RULES, offences

ROOT = Path(__file__).resolve().parents[2]


def test_the_house_keeps_its_rules() -> None:
    assert offences(ROOT) == []


def test_every_row_is_a_room_and_every_room_may_be_reached() -> None:
    """A row that names a room which is not there protects nothing."""
    for rule in RULES.values():
        assert rule.rooms <= RULES.keys()
    for room in RULES:
        if room.startswith("bake."):
            place = ROOT / room.replace(".", "/")
            assert place.is_dir() or place.with_suffix(".py").is_file(), room


def tree(root: Path, module: str, source: str) -> Path:
    path = root / module
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("__init__.py", "import bpy\nfrom . import operators, panels, spacetimepilot_blender"),
        ("panels/sidebar.py", "import bpy\nfrom ..spacetimepilot_blender.scene import Settings\nfrom . import words"),
        ("operators/bake.py", "from .. import __package__ as name\nfrom ..bake.contract.messages import Progress"),
        ("spacetimepilot_blender/plates.py", "import json, numpy, mathutils\nfrom ..bake import contract"),
        ("bake/contract/camera.py", "import numpy.typing\nfrom .errors import UserError"),
        ("bake/render/march.py", "import torch\nfrom ..field.model import Field"),
        ("bake/commands/serve.py", "def run():\n    from ..render.frame import render"),
    ],
)
def test_what_is_welcome(tmp_path: Path, module: str, source: str) -> None:
    assert offences(tree(tmp_path, module, source)) == []


@pytest.mark.parametrize(
    ("module", "source", "wrong"),
    [
        ("__init__.py", "from .bake.contract import camera", "may not import bake.contract"),
        ("panels/sidebar.py", "from ..bake.contract import camera", "may not import bake.contract"),
        ("panels/sidebar.py", "import numpy", "may not import numpy"),
        ("operators/bake.py", "from .. import panels", "may not import panels"),
        ("operators/bake.py", "from ..bake.training import bake", "may not import bake.training"),
        ("operators/bake.py", "from spacetimepilot_blender import plates", "by its absolute name"),
        ("spacetimepilot_blender/plates.py", "from ..operators import bake", "may not import operators"),
        ("spacetimepilot_blender/plates.py", "from ..bake import render", "may not import bake.render"),
        (
            "spacetimepilot_blender/plates.py",
            "def late():\n    import torch",
            ":2: spacetimepilot_blender may not import torch",
        ),
        ("spacetimepilot_blender/plates.py", "from ... import elsewhere", "leaves the extension"),
        ("bake/contract/camera.py", "from ..field import model", "may not import bake.field"),
        ("bake/contract/camera.py", "import torch", "may not import torch"),
        ("bake/contract/camera.py", "import bpy", "may not import bpy"),
        ("bake/footage/shot.py", "from ..training.bake import bake", "may not import bake.training"),
        ("bake/footage/shot.py", "from ..field import model", "may not import bake.field"),
        ("bake/footage/shot.py", "from ..render import images", "may not import bake.render"),
        ("bake/field/model.py", "import bpy.types", "may not import bpy"),
        ("bake/field/model.py", "from bake.contract import camera", "by its absolute name"),
        ("bake/render/march.py", "from ...operators import bake", "may not import operators"),
        ("bake/attic/old.py", "import torch", "no row in the table"),
    ],
)
def test_what_is_not(tmp_path: Path, module: str, source: str, wrong: str) -> None:
    found = offences(tree(tmp_path, module, source))
    assert len(found) == 1 and found[0].startswith(f"{module}:") and wrong in found[0], found
