"""Keeps an eye on bakes while the artist works on, and shows how they stand on the window manager."""

import bpy
from bpy.app.handlers import persistent
from bpy.props import BoolProperty, EnumProperty, FloatProperty, PointerProperty, StringProperty

from ..bake.contract.bake_folder import BakeStatus
from ..bake.contract.errors import UserError
from ..bake.contract.field_file import read_header
from .bake_job import BakeJob, BakeView, find_result
from .field_object import fields_with_file, take_header
from .paths import absolute

_SECONDS = 0.5
_job: BakeJob | None = None

STATES = [("idle", "No Bake", "Nothing is being baked")] + [
    (status.value, status.value.capitalize(), "") for status in BakeStatus
]


class BakeStanding(bpy.types.PropertyGroup):
    """How the bake of this session stands, for the sidebar and for scripts. Never saved."""

    state: EnumProperty(name="State", items=STATES)
    text: StringProperty(name="What it says")
    fraction: FloatProperty(name="Progress", min=0, max=1, subtype="FACTOR")
    psnr: FloatProperty(name="PSNR", description="Of held-out rays, dB; 0 while unknown")
    seconds_left: FloatProperty(name="Time Left", subtype="TIME")
    output: StringProperty(name="Field File", subtype="FILE_PATH")
    stopping: BoolProperty(name="Stopping")
    checked: StringProperty(name="Footage", description="What the last check of the footage found")
    render_failure: StringProperty(name="Last Failed Render")


def standing() -> BakeStanding:
    """How the bake stands."""
    return bpy.context.window_manager.spacetimepilot


def running() -> bool:
    """Whether a bake is being watched."""
    return _job is not None


def watch(job: BakeJob) -> None:
    """Watch a bake until it ends."""
    global _job
    _job = job
    now = standing()
    now.stopping, now.output = False, str(job.output)
    show(job.look())
    if not bpy.app.timers.is_registered(_look):
        bpy.app.timers.register(_look, first_interval=_SECONDS, persistent=True)


def cancel() -> None:
    """Ask the bake that is watched to stop.

    Raises
    ------
    UserError
        If none is, or it cannot be asked.
    """
    if _job is None:
        raise UserError("No bake is running.")
    _job.cancel()
    standing().stopping = True


def show(view: BakeView) -> None:
    """Show how a bake stands."""
    now = standing()
    now.state, now.text = view.status.value, view.text
    if view.progress is not None:
        now.fraction = min(max(view.progress.fraction, 0.0), 1.0)
        now.psnr = view.progress.psnr if view.progress.psnr == view.progress.psnr else 0.0
        now.seconds_left = view.progress.seconds_left
    elif view.status is BakeStatus.RUNNING:
        now.fraction = now.psnr = now.seconds_left = 0.0
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


def finished(job: BakeJob, view: BakeView) -> None:
    """What follows from a bake's end: fields that show its file show the new one."""
    show(view)
    if view.status is not BakeStatus.DONE:
        return
    standing().fraction = 1.0
    header = read_header(job.output)
    for thing in fields_with_file(job.output):
        take_header(thing, header)


def find_again(scene: bpy.types.Scene) -> None:
    """Look for a bake of this scene's field file: one that still runs is watched, one that ended is told of."""
    if _job is not None:
        return
    try:
        output = absolute(scene.spacetimepilot.output_path, "The field file")
    except UserError:
        return
    job = BakeJob.find(output)
    if job is not None:
        watch(job)
        return
    now = standing()
    view = find_result(output)
    now.state, now.text, now.output = "idle", "", str(output)
    if view is not None:
        show(view)


def _look() -> float | None:
    global _job
    if _job is None:
        return None
    view = _job.look()
    if view.status is BakeStatus.RUNNING:
        show(view)
        return _SECONDS
    job, _job = _job, None
    try:
        finished(job, view)
    except UserError as error:
        show(BakeView(BakeStatus.FAILED, str(error)))
    return None


@persistent
def _after_load(*_: object) -> None:
    find_again(bpy.context.scene)


def register() -> None:
    """Make the standing known, and find bakes again when a .blend opens."""
    bpy.utils.register_class(BakeStanding)
    bpy.types.WindowManager.spacetimepilot = PointerProperty(type=BakeStanding)
    bpy.app.handlers.load_post.append(_after_load)


def unregister() -> None:
    """Undo `register`; bakes go on."""
    global _job
    _job = None
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)
    if _after_load in bpy.app.handlers.load_post:
        bpy.app.handlers.load_post.remove(_after_load)
    del bpy.types.WindowManager.spacetimepilot
    bpy.utils.unregister_class(BakeStanding)
