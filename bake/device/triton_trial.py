"""The smallest kernel, to find out whether Triton can build any."""

# mypy: ignore-errors
# Kernels are compiled by Triton, whose types Python's checkers do not know.
from __future__ import annotations

import torch
import triton
import triton.language as tl


@triton.jit
def _count(out, N: tl.constexpr):
    n = tl.arange(0, N)
    tl.store(out + n, n)


def runs() -> bool:
    """Whether it computes what it should; raises whatever Triton raises where it cannot be built."""
    out = torch.full((16,), -1, dtype=torch.int32, device="cuda")
    _count[(1,)](out, 16)
    return out.tolist() == list(range(16))
