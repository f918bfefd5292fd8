"""Kernels where there is no C compiler."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
import torch

from bake.device import triton_direct

pytest.importorskip("triton", reason="Triton is not installed")


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A Python of its own, in which Triton interprets nothing."""
    kept = {name: value for name, value in os.environ.items() if name not in ("TRITON_INTERPRET", "CC")}
    return subprocess.run([sys.executable, *command], env={**kept, **environment}, capture_output=True, text=True)


def test_kernels_are_handed_what_their_code_takes(tmp_path: Path) -> None:
    """Read from code that is compiled for a GPU, whether there is one or not."""
    done = run("-m", "tests.device.direct_launches", TRITON_CACHE_DIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "7 launched"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
def test_a_gpu_has_kernels_without_a_compiler(tmp_path: Path) -> None:
    """And what they compute is what they compute elsewhere."""
    tested = ["tests/field/test_field_triton.py", "tests/render/test_render_triton.py"]
    code = f"""
import pytest
from bake.device.triton_direct import launcher_can_be_built
from bake.device.triton_ready import triton_fault

assert not launcher_can_be_built()
assert triton_fault() is None, triton_fault()
raise SystemExit(pytest.main(["-q", "-n0", "-p", "no:cacheprovider", *{tested}]))
"""
    done = run("-c", code, TRITON_CACHE_DIR=str(tmp_path), PATH=str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_a_kernel_would_misread_is_not_launched(monkeypatch: pytest.MonkeyPatch) -> None:
    class Driver:
        taken: ClassVar = [8, 8]

        def cuCtxGetCurrent(self, context: Any) -> int:
            context._obj.value = 1
            return 0

        def cuFuncGetParamInfo(self, _function: Any, number: Any, _offset: Any, size: Any) -> int:
            if number.value >= len(self.taken):
                return 1
            size._obj.value = self.taken[number.value]
            return 0

    monkeypatch.setattr(triton_direct, "_driver", Driver)
    plain = SimpleNamespace(
        num_warps=1, num_ctas=1, shared=0, global_scratch_size=0, profile_scratch_size=0,
        launch_cooperative_grid=False, launch_pdl=False,
    )  # fmt: skip
    launcher = triton_direct.Launcher(SimpleNamespace(signature={"out": "*i32", "count": "i32"}), plain)
    with pytest.raises(RuntimeError, match=r"\[8, 8\] bytes, but Triton's signature has \[8, 4\]"):
        launcher(1, 1, 1, 0, 1, None, None, None, None, None, 3)
    with pytest.raises(NotImplementedError, match="tensordesc"):
        triton_direct.Launcher(SimpleNamespace(signature={"from": "tensordesc<fp16[2]>"}), plain)


def test_a_compiler_without_the_headers_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "cc")
    monkeypatch.setattr(triton_direct.sysconfig, "get_path", lambda _name: str(tmp_path))
    assert not triton_direct.launcher_can_be_built()
    (tmp_path / "Python.h").touch()
    assert triton_direct.launcher_can_be_built()
    monkeypatch.delenv("CC")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not triton_direct.launcher_can_be_built()
