"""Which PyTorch a machine gets."""

from __future__ import annotations

import pytest

from bake.contract.torch_build import BUILDS, choose_build


@pytest.mark.parametrize(
    ("system", "driver", "build", "words"),
    [
        ("Linux", None, "cpu", "no NVIDIA driver"),
        ("Linux", (11, 8), "cpu", "CUDA 11.8; PyTorch needs one for 12.0"),
        ("Linux", (12, 4), "cuda12", "CUDA 12.4"),
        ("Linux", (13, 1), "cuda", "CUDA 13.1"),
        ("Windows", None, "cpu-pypi", "no NVIDIA driver"),
        ("Windows", (13, 0), "cuda12", "CUDA 13.0"),
        ("Darwin", None, "cpu-pypi", "Mac"),
    ],
)
def test_the_build_suits_the_machine(system: str, driver: tuple[int, int] | None, build: str, words: str) -> None:
    found, why = choose_build(system, driver)
    assert found is BUILDS[build] and words in why
