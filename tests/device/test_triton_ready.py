"""What becomes of GPUs for which no kernels can be built."""

from __future__ import annotations

import pytest
import torch

from bake.commands import doctor
from bake.device import triton_ready
from bake.field.kernels import kernels_for


def test_without_kernels_plain_torch_does_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triton_ready, "triton_fault", lambda: "no kernel image is available")
    gpu = torch.device("cuda")
    assert not triton_ready.has_kernels(gpu)
    assert kernels_for(gpu) is None
    told = doctor._kernels()
    assert told.good, "slow is not wrong"
    assert "no kernel image is available" in told.found and "driver" in told.mend


def test_with_kernels_doctor_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triton_ready, "triton_fault", lambda: None)
    assert triton_ready.has_kernels(torch.device("cuda")) and not triton_ready.has_kernels(torch.device("cpu"))
    assert "Triton" in doctor._kernels().found and not doctor._kernels().mend


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without an NVIDIA GPU")
def test_a_machine_without_a_gpu_is_told_from_one_without_a_compiler() -> None:
    assert triton_ready.triton_fault() == "no GPU that torch can use"
