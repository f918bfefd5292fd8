"""What a killed process left half-written goes; what another one is writing stays."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from bake.contract.files import written_aside
from bake.contract.leftovers import clear_leftovers
from tests.blender.harness import ROOT

_WRITES = """
import sys, time
from pathlib import Path
from bake.contract.files import written_aside
with written_aside(Path(sys.argv[1])) as aside:
    aside.write_bytes(b"half")
    print("written", flush=True)
    time.sleep(600)
"""


def writer(path: Path) -> subprocess.Popen[str]:
    """A process that has written half of a file."""
    words = [sys.executable, "-c", _WRITES, str(path)]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "written\n"
    return process


def test_the_next_writer_clears_what_a_killed_one_left(tmp_path: Path) -> None:
    killed, writing = writer(tmp_path / "plate.exr"), writer(tmp_path / "plate.exr")
    try:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        foreign = tmp_path / ".plate.00000000-1.0123456789ab.exr"
        foreign.write_bytes(b"half")
        (tmp_path / ".hidden.exr").write_bytes(b"an artist's")
        assert len(list(tmp_path.glob(".plate.*"))) == 3
        with written_aside(tmp_path / "other.exr") as aside:
            aside.write_bytes(b"whole")
        left = {path.name for path in tmp_path.iterdir()}
        assert {"other.exr", ".hidden.exr", foreign.name} < left and len(left) == 4, left
    finally:
        for process in (killed, writing):
            process.kill()
            process.communicate()
    clear_leftovers(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"other.exr", ".hidden.exr", foreign.name}


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    clear_leftovers(tmp_path / "nowhere")
