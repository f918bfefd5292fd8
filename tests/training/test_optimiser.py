"""The hash grid's Adam against torch's, and rows that no sample has touched."""

from __future__ import annotations

import torch

from bake.training.table_adam_numba import TableAdam

BETAS, EPSILON, RATE = (0.9, 0.99), 1e-15, 2e-2


def test_rows_that_are_touched_learn_as_with_torch_and_others_stay_as_they_are() -> None:
    torch.manual_seed(0)
    start = torch.randn(3, 500, 4)
    touched = torch.rand(3, 500) < 0.3
    wanted, got = start[touched].clone().requires_grad_(), start.clone()
    reference, fast = torch.optim.Adam([wanted], RATE, BETAS, EPSILON), TableAdam(got, 2, BETAS, EPSILON)
    for _ in range(5):
        parts = torch.randn(2, 3, 500, 4) * touched[..., None]
        fast.gradients += parts
        wanted.grad = parts.sum(dim=0)[touched]
        reference.step()
        fast.step(RATE)
        assert not fast.gradients.any(), "what was learnt from is spent"
    torch.testing.assert_close(got[touched], wanted.detach(), rtol=1e-5, atol=1e-6)
    assert torch.equal(got[~touched], start[~touched]) and not fast.mean[~touched].any()


def test_what_a_row_has_learnt_is_kept_until_it_is_touched_again() -> None:
    table = torch.zeros(2, 4)
    adam = TableAdam(table, 1, BETAS, EPSILON)
    adam.gradients += 1
    adam.step(RATE)
    remembered, mean = table[0].clone(), adam.mean[0].clone()
    adam.gradients[0, 1] = 1
    adam.step(RATE)
    assert torch.equal(table[0], remembered) and torch.equal(adam.mean[0], mean)
    assert (table[1] < remembered).all()
