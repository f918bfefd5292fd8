"""Stands in for Blender's program: the bpy wheel, with factory settings and without the extension.

python -P plain_blender.py -b FILE.blend --python-exit-code 1 --python SCRIPT.py -- WORDS
"""

from __future__ import annotations

import os
import runpy
import sys
import tempfile
import traceback


def main(words: list[str]) -> None:
    """Open the file and run the script as Blender would."""
    command = words[: words.index("--")]
    os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp()
    import bpy

    bpy.ops.wm.open_mainfile(filepath=command[command.index("-b") + 1])
    extensions = [name for name in sys.modules if "spacetimepilot" in name]
    assert not extensions, extensions
    sys.argv = ["blender", *words]
    try:
        runpy.run_path(command[command.index("--python") + 1], run_name="__main__")
    except Exception:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(int(command[command.index("--python-exit-code") + 1]))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
