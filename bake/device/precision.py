"""Half precision where the device gains by it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch


def mixed_precision(device: torch.device, training: bool, full: bool = False) -> AbstractContextManager[object]:
    """A context in which matrix products may run in half precision; sums, tables and losses stay in float32.

    On CUDA bfloat16 while training, as it needs no scaling of the loss, and float16 for pictures, as it has three more
    bits. CPUs compute in float32: bfloat16 was no faster there at equal quality. So does everything where `full` is
    asked for.
    """
    dtype = row_type(device, training, full)
    return nullcontext() if dtype == torch.float32 else torch.autocast(device.type, dtype=dtype)


def row_type(device: torch.device, training: bool, full: bool = False) -> torch.dtype:
    """Of the numbers that networks see where their layers are matrix products of rows; see `mixed_precision`."""
    if full or device.type != "cuda":
        return torch.float32
    return torch.bfloat16 if training else torch.float16
