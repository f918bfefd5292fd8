"""A soft ball with a native wall through it and a native card in it, merged exactly and by depth."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from render_frames import plane, prepare, use

FRAME = 5


def main(folder: str, field: str, engine: str) -> dict[str, Any]:
    """Pictures by name, the card's and the wall's matrices, and the plates that were there after each step."""
    scene = prepare(folder, field, engine, {})
    use(scene, engine)
    scene.render.resolution_x, scene.render.resolution_y = 96, 72
    scene.cycles.samples, scene.cycles.use_denoising = 64, False
    scene.eevee.taa_render_samples = 32
    thing = bpy.context.object
    settings = thing.spacetimepilot
    wall = plane("Wall", 40.0, (0, 0, 0), (1.0, 0.3, 0.0), (0.1, 0.3, 0.9))
    card = plane("Card", 0.9, (0.1, -0.3, 0.1), (1.2, 0.2, 0.3), (0.1, 0.3, 0.9))
    # Other triangles in the viewport than in the render, of the same shape.
    finer = card.modifiers.new("Finer", "SUBSURF")
    finer.subdivision_type, finer.levels, finer.render_levels = "SIMPLE", 0, 2
    bpy.context.view_layer.objects.active = thing
    scene.frame_set(FRAME)
    written, plates = {}, {}

    def shoot(name: str, merge: str, hidden: bpy.types.Object) -> None:
        settings.merge = merge
        wall.hide_render, card.hide_render = hidden == wall, hidden == card
        scene.render.filepath = written[name] = f"{folder}/{name}.exr"
        bpy.ops.render.render(write_still=True)
        plates[name] = _plates(folder)

    if engine == "EEVEE":  # Whose pictures take long where it draws without a GPU.
        shoot("card_exact", "exact", wall)
        return {"pictures": written, "plates": plates, "matrices": _matrices(wall, card)}
    shoot("card_fast", "fast", wall)
    settings.merge = "exact"
    engine_before = scene.render.engine
    bpy.ops.spacetimepilot.make_plates(start=FRAME, end=FRAME)
    plates["made"] = _plates(folder)
    assert scene.render.engine == engine_before and scene.render.use_compositing and scene.frame_current == FRAME
    shoot("card_exact", "exact", wall)
    shoot("wall_exact", "exact", card)
    shoot("fast_again", "fast", wall)
    matrices = _matrices(wall, card)
    card.location.x += 0.05
    shoot("moved", "exact", wall)
    shoot("moved_fast", "fast", wall)
    return {"pictures": written, "plates": plates, "matrices": matrices}


def _matrices(*things: bpy.types.Object) -> dict[str, list[list[float]]]:
    return {thing.name: np.array(thing.matrix_world).tolist() for thing in things}


def _plates(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder, "spacetimepilot_plates").glob("*"))
