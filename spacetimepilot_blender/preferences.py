"""Settings of this machine, as opposed to settings of a shot. `panels` shows them, and makes them known to Blender."""

from typing import Any

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from .package import NAME


def _changed(_: bpy.types.AddonPreferences, __: bpy.types.Context) -> None:
    """Let the next request start a worker of the new kind."""
    from .worker.worker_client import stop_worker

    stop_worker()


def _chosen(_: bpy.types.AddonPreferences, __: bpy.types.Context) -> None:
    """Say at once whether the Python that was chosen can do the work."""
    from .worker.checkup import look_again
    from .worker.worker_client import stop_worker

    stop_worker()
    look_again()


class PreferenceSettings:
    """Which Python the worker runs on, how one is made, and what computes."""

    interpreter: StringProperty(
        name="Worker's Python",
        description="Python program that has PyTorch; empty to use the environment made by the extension",
        subtype="FILE_PATH",
        update=_chosen,
    )
    base_python: StringProperty(
        name="Made With",
        description="Python program, 3.11 or newer, that Set Up Worker makes the environment with; empty for Blender's",
        subtype="FILE_PATH",
    )
    wheels: StringProperty(
        name="Folder of Wheels",
        description="Where Set Up Worker finds all packages as wheels, to download nothing; empty to download",
        subtype="DIR_PATH",
    )
    device: EnumProperty(
        name="Device",
        description="What computes bakes and plates",
        items=[
            ("auto", "Automatic", "The GPU where PyTorch can use one, else the CPU"),
            ("cpu", "CPU", "The CPU, even where there is a GPU"),
            ("cuda", "GPU (CUDA)", "The GPU; stops where PyTorch cannot use one"),
        ],
        default="auto",
        update=_changed,
    )
    preview_memory: IntProperty(
        name="Viewport Memory",
        description="What the viewports may keep of fields, so that frames seen before are there at once, MB",
        default=1024,
        min=64,
        soft_max=16384,
    )


def preferences() -> PreferenceSettings | None:
    """This machine's settings; None where the extension runs without being installed."""
    addon: bpy.types.Addon | None = bpy.context.preferences.addons.get(NAME)
    settings: Any = addon.preferences if addon is not None else None
    return settings


def device() -> str:
    """What shall compute: auto, cpu or cuda."""
    settings = preferences()
    return settings.device if settings is not None else "auto"


def preview_memory() -> int:
    """What viewports may keep of fields, bytes."""
    settings = preferences()
    return (settings.preview_memory if settings is not None else 1024) * 2**20
