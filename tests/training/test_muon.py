"""Steps of hidden layers are those of PyTorch's own Muon, and what has no gradient stays where it is."""

from __future__ import annotations

import torch
from torch.nn import Parameter

from bake.training.muon import Muon, orthogonal

_SHAPES = (64, 99), (64, 24), (96, 40), (48, 48)
_RATE = 0.02


def _matrices() -> list[Parameter]:
    torch.manual_seed(3)
    return [Parameter(torch.randn(shape)) for shape in _SHAPES]


def test_matrices_of_any_shape_step_as_by_the_reference() -> None:
    """PyTorch's is in bfloat16, so it is its rounding that is allowed for."""
    own, reference = _matrices(), _matrices()
    begun = [matrix.detach().clone() for matrix in own]
    muon = Muon(own)
    theirs = torch.optim.Muon(reference, lr=_RATE, weight_decay=0.0, momentum=0.9, adjust_lr_fn="match_rms_adamw")
    for _ in range(5):
        for one, other in zip(own, reference, strict=True):
            one.grad = torch.randn_like(one)
            other.grad = one.grad.clone()
        muon.step([_RATE] * len(own))
        theirs.step()
    for one, other, start in zip(own, reference, begun, strict=True):
        assert (one - other).norm() < 0.02 * (other - start).norm()


def test_all_directions_go_equally_far() -> None:
    """Also where one of them asks for a hundred times as much as another."""
    torch.manual_seed(0)
    left, right = (torch.linalg.qr(torch.randn(3, size, 20))[0] for size in (32, 50))
    asked = left * torch.logspace(-1, 1, 20) @ right.mT
    gone = left.mT @ orthogonal(asked) @ right
    lengths = gone.diagonal(dim1=1, dim2=2)
    assert 0.6 < float(lengths.min()) < float(lengths.max()) < 1.3
    assert float((gone - torch.diag_embed(lengths)).abs().max()) < 1e-3
    assert not orthogonal(torch.zeros(1, 3, 4)).any()


def test_what_has_no_gradient_stays() -> None:
    """Whatever is remembered of it."""
    own = _matrices()
    muon = Muon(own)
    for _ in range(2):
        for matrix in own:
            matrix.grad = torch.randn_like(matrix)
        muon.step([_RATE] * len(own))
    own[1].grad = None
    before, remembered = [matrix.detach().clone() for matrix in own], muon.momentum.clone()
    muon.step([_RATE] * len(own))
    assert [not torch.equal(*both) for both in zip(own, before, strict=True)] == [True, False, True, True]
    assert torch.equal(muon.momentum[1], remembered[1])
