"""Which device does the work."""

from __future__ import annotations

import torch

from ..contract.errors import UserError


def choose_device(name: str) -> torch.device:
    """The device called "auto", "cpu" or "cuda".

    Raises
    ------
    UserError
        If a GPU is asked for that torch cannot use, or the name is another.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise UserError("torch cannot use a GPU here.", "Choose the device cpu, or run doctor to see why.")
    if name not in ("cpu", "cuda"):
        raise UserError(f"There is no device {name!r}.", "Choose auto, cpu or cuda.")
    return torch.device(name)
