"""Whether Triton, which comes with PyTorch for NVIDIA GPUs, can build kernels on this machine."""

from __future__ import annotations

import os
from functools import lru_cache

import torch

RAYS_A_PROGRAM = {"cpu": 1024, "cuda": 32}
"""Where a thread follows a ray: one warp, so that rays wait for no others than their neighbours. On CPUs, where Triton
interprets kernels for tests, every program costs the same."""


def has_kernels(device: torch.device) -> bool:
    """Whether a device is a GPU for which kernels can be built; without them plain torch does the same, more slowly."""
    return device.type == "cuda" and triton_fault() is None


@lru_cache(maxsize=1)
def triton_fault() -> str | None:
    """Why kernels cannot be built, in a few words; None where they can.

    A kernel is built and run to find out. Where nothing is there to build Triton's launcher with, kernels are launched
    directly from here on.
    """
    if not torch.cuda.is_available():
        return "no GPU that torch can use"
    # As measured; Triton 3.9 warns that later ones will not fuse products and sums unless told to.
    os.environ.setdefault("TRITON_DEFAULT_FP_FUSION", "1")
    try:
        from .triton_direct import launch_directly, launcher_can_be_built
        from .triton_trial import runs

        if not launcher_can_be_built():
            launch_directly()
        return None if runs() else "a first kernel computed something else"
    except ImportError as error:
        return f"{error}"
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return lines[-1]
