"""What the sidebar and scripts see of bakes: properties on the window manager, written by `bake_watch` alone."""

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ...bake.contract.bake_folder import BakeStatus
from .bake_job import BakeView
from .bake_reader import Known

STATES = [("idle", "No Bake", "Nothing is being baked")] + [
    (status.value, status.value.capitalize(), "") for status in BakeStatus
]


class BakeRow(bpy.types.PropertyGroup):
    """One bake of the list."""

    name: StringProperty(name="Name")
    output: StringProperty(name="Field File", subtype="FILE_PATH")
    blend: StringProperty(name="Asked for by", subtype="FILE_PATH")
    adapts: StringProperty(name="Goes on from", description="Field file that is adapted; empty for a bake")
    state: EnumProperty(name="State", items=STATES)
    text: StringProperty(name="What it says")
    warning: StringProperty(name="Warning", description="What was lost; empty for nothing")
    asked: StringProperty(name="Asked to", description="What a bake that still runs has been asked to do")
    fraction: FloatProperty(name="Progress", min=0, max=1, subtype="FACTOR")
    loss: FloatProperty(name="Loss", description="Of the latest step; 0 while unknown")
    psnr: FloatProperty(name="PSNR", description="Of held-out rays, dB; 0 while unknown")
    seconds_left: FloatProperty(name="Time Left", subtype="TIME")
    field: BoolProperty(name="Field File Is There")
    report: BoolProperty(name="Report Is There")
    picture: StringProperty(name="Picture", description="A picture of what the field looks like so far")
    pictured: StringProperty(name="When the picture was made")


class BakeStanding(bpy.types.PropertyGroup):
    """How the bake of this scene stands, and the list of all. Never saved."""

    state: EnumProperty(name="State", items=STATES)
    text: StringProperty(name="What it says")
    fraction: FloatProperty(name="Progress", min=0, max=1, subtype="FACTOR")
    psnr: FloatProperty(name="PSNR", description="Of held-out rays, dB; 0 while unknown")
    seconds_left: FloatProperty(name="Time Left", subtype="TIME")
    output: StringProperty(name="Field File", subtype="FILE_PATH")
    checked: StringProperty(name="Footage", description="What the last check of the footage found")
    checked_footage: StringProperty(name="Checked Footage", description="Which footage that was")
    render_failure: StringProperty(name="Last Failed Render")
    bakes: CollectionProperty(type=BakeRow)
    active_bake: IntProperty(name="Chosen Bake")
    only_here: BoolProperty(
        name="Only This File", description="List only the bakes that this .blend has asked for", default=False
    )


def standing() -> BakeStanding:
    """How bakes stand."""
    return bpy.context.window_manager.spacetimepilot


def chosen() -> BakeRow | None:
    """The bake that is chosen in the list."""
    now = standing()
    return now.bakes[now.active_bake] if 0 <= now.active_bake < len(now.bakes) else None


def choose(output: str) -> None:
    """Choose a bake in the list, if it is there."""
    for number, row in enumerate(standing().bakes):
        if row.output == output:
            standing().active_bake = number


def show(view: BakeView) -> None:
    """Show how this scene's bake stands."""
    now = standing()
    now.state, now.text = view.status.value, view.text
    _show_progress(now, view)


def show_list(bakes: list[Known], asked: dict[str, str]) -> None:
    """Bring the list up to date; the bake that is chosen stays chosen wherever it moves."""
    now = standing()
    kept = chosen()
    output = kept.output if kept is not None else ""
    if [row.output for row in now.bakes] != [known.output for known in bakes]:
        now.bakes.clear()
        for known in bakes:
            now.bakes.add().output = known.output
        now.active_bake = min(now.active_bake, max(len(bakes) - 1, 0))
        choose(output)
    for row, known in zip(now.bakes, bakes, strict=True):
        _fill(row, known, asked.get(known.output, ""))


def _fill(row: BakeRow, known: Known, asked: str) -> None:
    view = known.view
    row.name = known.output.replace("\\", "/").rpartition("/")[2]
    row.adapts = str(known.entry.settings.get("adapt") or "")
    row.blend, row.state, row.text, row.asked = known.entry.blend, view.status.value, view.text, asked
    row.warning = view.warning
    row.field, row.report = known.field, known.report
    row.picture = "" if known.picture is None else str(known.picture)
    row.pictured = f"{known.pictured:.6f}"
    _show_progress(row, view)
    loss = view.progress.loss if view.progress is not None else 0.0
    row.loss = loss if loss == loss else 0.0


def _show_progress(shown: BakeRow | BakeStanding, view: BakeView) -> None:
    progress = view.progress
    if progress is not None:
        shown.fraction = min(max(progress.fraction, 0.0), 1.0)
        shown.psnr = progress.psnr if progress.psnr == progress.psnr else 0.0
        shown.seconds_left = progress.seconds_left if view.status.live else 0.0
    elif view.status.live:
        shown.fraction = shown.psnr = shown.seconds_left = 0.0
    if view.status is BakeStatus.DONE:
        shown.fraction = 1.0


def register() -> None:
    """Put the properties on the window manager."""
    bpy.utils.register_class(BakeRow)
    bpy.utils.register_class(BakeStanding)
    bpy.types.WindowManager.spacetimepilot = PointerProperty(type=BakeStanding)


def unregister() -> None:
    """Undo `register`."""
    del bpy.types.WindowManager.spacetimepilot
    bpy.utils.unregister_class(BakeStanding)
    bpy.utils.unregister_class(BakeRow)
