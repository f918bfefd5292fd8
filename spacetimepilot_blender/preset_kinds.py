"""What presets there are, in Blender's own way: small files in the user's folder of presets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PresetKind:
    """Settings that are kept together.

    `owner` is the Python line that finds them as `settings`; `names` are those kept; `word` is in all identifiers.
    """

    word: str
    owner: str
    names: tuple[str, ...]

    @property
    def folder(self) -> str:
        """Below Blender's folder of presets."""
        return f"spacetimepilot/{self.word}"

    @property
    def add_operator(self) -> str:
        """The operator that adds and removes them."""
        return f"spacetimepilot.add_{self.word}_preset"

    @property
    def panel(self) -> str:
        """The panel that lists them."""
        return f"SPACETIMEPILOT_PT_{self.word}_presets"

    @property
    def values(self) -> list[str]:
        """What is written down, as Python names it."""
        return [f"settings.{name}" for name in self.names]


_FIELD = "settings = bpy.context.object.spacetimepilot"
BAKE = PresetKind(
    "bake",
    "settings = bpy.context.scene.spacetimepilot",
    ("preset", "minutes", "seed", "hold_out", "sensor", "robust"),
)
TIME = PresetKind(
    "time",
    _FIELD,
    ("mode", "scene_start", "speed", "freeze_at", "slow_from", "slow_to", "slow_factor", "ramp"),
)
LOOK = PresetKind("look", _FIELD, ("quality", "exposure", "exposure_of", "exposure_frame"))
KINDS = (BAKE, TIME, LOOK)
