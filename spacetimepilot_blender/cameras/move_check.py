"""Where the scene's camera move holds and where it breaks, frame by frame, before anything is rendered.

What a check has found is kept on the window manager, for the sidebar; it is never saved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

import bpy
from bpy.props import CollectionProperty, EnumProperty, IntProperty, PointerProperty, StringProperty

from ...bake.contract.coverage import Known, Verdict
from ...bake.contract.errors import UserError
from ..field.field_object import fields_of, refresh_fields
from ..shot_time.frame_kept import frame_kept
from .view_coverage import distance, known_view

VERDICTS = [(verdict.value, verdict.value.capitalize(), "") for verdict in Verdict]


@dataclass(frozen=True)
class Stretch:
    """Scene frames, both included, through which a field's view is of one kind; `worst` is the least known of them."""

    field: str
    first: int
    last: int
    worst: Known

    @property
    def verdict(self) -> Verdict:
        """Of which kind."""
        return self.worst.verdict

    def __str__(self) -> str:
        kind = "is doubtful" if self.verdict is Verdict.DOUBTFUL else self.verdict.value
        frames = f"from frame {self.first} to {self.last}" if self.last > self.first else f"at frame {self.first}"
        return f"{self.field} {kind} {frames}: at worst {distance(self.worst)}"


@dataclass(frozen=True)
class _Row:
    """What was seen of a field at a scene frame, the `place`th of those looked at."""

    place: int
    frame: int
    view: Known


class MoveStretch(bpy.types.PropertyGroup):
    """A stretch of the timeline that does not hold."""

    field: StringProperty(name="Field")
    verdict: EnumProperty(name="Verdict", items=VERDICTS)
    first: IntProperty(name="First Frame")
    last: IntProperty(name="Last Frame")
    text: StringProperty(name="Why")


class MoveCheck(bpy.types.PropertyGroup):
    """What the last check of a camera move has found."""

    scene: StringProperty(name="Scene")
    file: StringProperty(name="File")
    text: StringProperty(name="In Short")
    first: IntProperty(name="First Frame")
    last: IntProperty(name="Last Frame")
    fields: StringProperty(name="Fields", description="Names of the fields that were checked, a line each")
    stretches: CollectionProperty(type=MoveStretch)


def check_move(
    scene: bpy.types.Scene,
    layer: bpy.types.ViewLayer,
    frames: Iterable[int],
    tell: Callable[[int], None] = lambda _: None,
) -> list[Stretch]:
    """Look at every frame through the scene's camera.

    Fields that a frame does not render, or that are behind the camera, are left out there. The scene stays at the
    frame it is at.

    Parameters
    ----------
    frames : iterable of int
        Scene frames, ascending.
    tell : callable
        Is told every frame that is done.

    Returns
    -------
    list of Stretch
        All of them, those that hold too, field by field.

    Raises
    ------
    UserError
        If there is no camera or no field, or a field's file, place or time cannot be used.
    """
    fields = fields_of(scene)
    if not fields:
        raise UserError(f"There is no field in the scene {scene.name}.", "Add one first.")
    rows = _looked_at(scene, layer, fields, list(frames), tell)
    return [stretch for thing in fields for stretch in _stretches(thing.name, rows[thing.name])]


def keep(scene: bpy.types.Scene, frames: range, stretches: list[Stretch]) -> MoveCheck:
    """Show in the sidebar what a check has found."""
    kept = bpy.context.window_manager.spacetimepilot_move
    kept.scene, kept.file = scene.name, bpy.data.filepath
    kept.first, kept.last = frames[0], frames[-1]
    kept.fields = "\n".join(dict.fromkeys(stretch.field for stretch in stretches))
    kept.text = in_short(stretches)
    kept.stretches.clear()
    for stretch in stretches:
        if stretch.verdict is Verdict.HOLDS:
            continue
        row = kept.stretches.add()
        row.field, row.verdict = stretch.field, stretch.verdict.value
        row.first, row.last, row.text = stretch.first, stretch.last, distance(stretch.worst)
    return kept


def in_short(stretches: list[Stretch]) -> str:
    """One sentence for a whole move."""
    if not stretches:
        return "No field is in front of the camera in these frames"
    for verdict in (Verdict.BREAKS, Verdict.DOUBTFUL):
        bad = [stretch for stretch in stretches if stretch.verdict is verdict]
        if bad:
            more = f"; and {len(bad) - 1} more" if len(bad) > 1 else ""
            return f"{bad[0]}{more}"
    return "The whole move holds"


def found_for(scene: bpy.types.Scene) -> MoveCheck | None:
    """What the last check has found, if it was of this scene."""
    kept = bpy.context.window_manager.spacetimepilot_move
    same = kept.scene == scene.name and kept.file == bpy.data.filepath
    return kept if same and kept.text else None


def is_outdated(kept: MoveCheck, scene: bpy.types.Scene, thing: bpy.types.Object) -> bool:
    """Whether what the camera sees of a field now is not what was found for this frame."""
    frame = scene.frame_current
    if scene.camera is None or not kept.first <= frame <= kept.last or scene.frame_subframe:
        return False
    if thing.name not in kept.fields.splitlines() or thing.hide_render:
        return False
    try:
        view = known_view(scene.camera, thing, scene.frame_current_final)
    except UserError:
        return False
    rows = [row for row in kept.stretches if row.field == thing.name and row.first <= frame <= row.last]
    return view is not None and view.verdict.value != (rows[0].verdict if rows else Verdict.HOLDS.value)


def _looked_at(
    scene: bpy.types.Scene,
    layer: bpy.types.ViewLayer,
    fields: list[bpy.types.Object],
    frames: list[int],
    tell: Callable[[int], None],
) -> dict[str, list[_Row]]:
    rows: dict[str, list[_Row]] = {thing.name: [] for thing in fields}
    refresh_fields(scene)
    with frame_kept(scene):
        for place, number in enumerate(frames):
            scene.frame_set(number)
            if scene.camera is None or scene.camera.type != "CAMERA":
                raise UserError(
                    f"The scene {scene.name} has no camera at frame {number}.", "Make one the active camera."
                )
            camera = scene.camera.evaluated_get(layer.depsgraph)
            for thing in fields:
                evaluated = thing.evaluated_get(layer.depsgraph)
                view = None if evaluated.hide_render else known_view(camera, evaluated, scene.frame_current_final)
                if view is not None:
                    rows[thing.name].append(_Row(place, number, view))
            tell(number)
    return rows


def _stretches(field: str, rows: list[_Row]) -> list[Stretch]:
    """Runs of rows of one verdict, without a gap."""
    found = []
    runs = groupby(enumerate(rows), key=lambda one: (one[1].view.verdict, one[1].place - one[0]))
    for _, run in runs:
        part = [row for _, row in run]
        worst = min((row.view for row in part), key=lambda view: view.coverage)
        found.append(Stretch(field, part[0].frame, part[-1].frame, worst))
    return found


def register() -> None:
    """Let the sidebar show what a check has found."""
    bpy.utils.register_class(MoveStretch)
    bpy.utils.register_class(MoveCheck)
    bpy.types.WindowManager.spacetimepilot_move = PointerProperty(type=MoveCheck)


def unregister() -> None:
    """Undo `register`."""
    del bpy.types.WindowManager.spacetimepilot_move
    bpy.utils.unregister_class(MoveCheck)
    bpy.utils.unregister_class(MoveStretch)
