"""Half precision where the device gains by it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch

from ..contract.messages import Precision


def mixed_precision(device: torch.device, training: bool, wanted: Precision) -> AbstractContextManager[object]:
    """A context in which matrix products are of `product_type`; sums, tables and losses stay in float32."""
    dtype = product_type(device, training, wanted)
    return nullcontext() if dtype == torch.float32 else torch.autocast(device.type, dtype=dtype)


def product_type(device: torch.device, training: bool, wanted: Precision) -> torch.dtype:
    """Of the numbers that hidden layers multiply.

    On CUDA bfloat16 while training, as it needs no scaling of the loss, and float16 for pictures, as it has three more
    bits. CPUs compute in float32: bfloat16 takes longer there, and gains nothing.
    """
    if wanted is Precision.FULL or (wanted is Precision.AUTO and device.type != "cuda"):
        return torch.float32
    return torch.float16 if device.type == "cuda" and not training else torch.bfloat16


def row_type(device: torch.device, products: torch.dtype) -> torch.dtype:
    """Of the rows that kernels fill for those products: numba, which fills them on a CPU, knows no half precision."""
    return products if device.type == "cuda" else torch.float32
