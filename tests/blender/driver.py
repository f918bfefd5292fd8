"""Runs one scenario inside Blender with the extension enabled; started by the harness with the bpy wheel's Python.

    python -P driver.py install ZIP             puts the extension into the isolated user folder
    python -P driver.py SCENARIO.py ARGUMENTS   ARGUMENTS is a JSON list, handed to the scenario's `main`

What `main` returns is printed as JSON behind `RESULT`. Whatever is raised ends the process with status 1 at once,
because Blender with handlers or threads left over can hang on its way out.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import sys
import traceback
from pathlib import Path
from types import ModuleType

EXTENSION = "bl_ext.user_default.spacetimepilot_blender"
RESULT = "spacetimepilot result: "


def install(package: str) -> None:
    """Install the zip as a person would by dropping it on Blender."""
    import bpy

    bpy.ops.extensions.package_install_files(
        filepath=package, repo="user_default", enable_on_install=True, overwrite=True
    )
    _demand_enabled()


def run(scenario: str, arguments: list[object]) -> None:
    """Enable the extension, unless the scenario says `ENABLES_ITSELF`, run it and print what it returns."""
    import addon_utils

    module = _loaded(scenario)
    if not getattr(module, "ENABLES_ITSELF", False):
        addon_utils.enable(EXTENSION, default_set=True, persistent=True)
        _demand_enabled()
    values = module.main(*arguments)
    print(f"\n{RESULT}{json.dumps(values)}", flush=True)


def _demand_enabled() -> None:
    if not getattr(sys.modules.get(EXTENSION), "__addon_enabled__", False):
        raise RuntimeError("the extension cannot be enabled; Blender says why above")


def _loaded(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _clear_handlers() -> None:
    """Blender 4.5 deadlocks at its end while a Python function hangs in a handler list."""
    import bpy

    for name in dir(bpy.app.handlers):
        handlers = getattr(bpy.app.handlers, name)
        if isinstance(handlers, list):
            handlers.clear()


def main(words: list[str]) -> None:
    """Do what the command line says, and leave for certain when that fails."""
    try:
        import bpy  # noqa: F401  # Blender's own exit function must be registered before ours, so that ours runs first.

        atexit.register(_clear_handlers)
        if words[0] == "install":
            install(words[1])
        else:
            run(words[0], json.loads(words[1]))
    except BaseException:
        traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
