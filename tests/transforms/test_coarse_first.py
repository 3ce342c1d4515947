"""A painting at part of its strength: broad strokes stay when fine ones have gone."""

import numpy as np
import pytest
import torch

from photostyle.amounts import RegionAmounts
from photostyle.transforms.coarse_first import _bands, broader, finest
from photostyle.transforms.field.control import mixing

WHOLE = torch.ones(1, 96, 128)


def amounts(strength):
    return RegionAmounts((strength,), (1.0,), (1.0,))


def given(change, strength):
    change = torch.as_tensor(change, dtype=torch.float32).expand(3, 96, 128).contiguous()
    fine = torch.einsum("rhw,rij,jhw->ihw", WHOLE, mixing(finest(amounts(strength))), change)
    more = broader(change, WHOLE, amounts(strength))
    return fine if more is None else fine + more


def test_all_of_a_change_is_given_at_full_strength_and_nothing_at_none():
    change = torch.rand(3, 96, 128, generator=torch.Generator().manual_seed(0)) - 0.5
    assert torch.allclose(given(change, 1.0), change, atol=1e-6) and not given(change, 0.0).any()
    assert torch.allclose(sum(_bands(change)), change, atol=1e-6)


@pytest.mark.parametrize("strength", [0.3, 0.6])
def test_broad_strokes_are_given_before_fine_ones(strength):
    x = np.arange(128)
    fine, broad = np.where(x % 2, 0.2, -0.2), np.full(128, 0.2)
    share = lambda change: float(given(change, strength).std() / torch.as_tensor(change).std())
    assert share(fine) == pytest.approx(strength**2, rel=0.1)
    assert float(given(broad, strength).mean()) == pytest.approx(0.2 * strength**0.5, rel=0.01)
    middle = np.sin(x / 3)
    assert strength**2 < share(middle) < strength**0.5
