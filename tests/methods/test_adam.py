"""Adam is torch's Adam."""

import torch

from photostyle.methods.adam import Adam


def test_steps_are_those_of_torch():
    random = torch.Generator().manual_seed(0)
    ours = [torch.randn(4, 3, generator=random, requires_grad=True), torch.randn(5, generator=random, requires_grad=True)]
    theirs = [x.detach().clone().requires_grad_() for x in ours]
    adam, reference = Adam(ours, (0.8, 0.95)), torch.optim.Adam(theirs, betas=(0.8, 0.95))
    for rate in (0.1, 0.3, 0.2, 0.05):
        loss = lambda xs: (xs[0].sin() * 3).sum() + xs[1].pow(4).sum()
        adam.step(torch.autograd.grad(loss(ours), ours), rate)
        reference.param_groups[0]["lr"] = rate
        reference.zero_grad()
        loss(theirs).backward()
        reference.step()
    for x, y in zip(ours, theirs, strict=True):
        assert torch.allclose(x, y, atol=1e-6)


def test_each_unknown_has_its_pace():
    one, other = torch.ones(3), torch.ones(3)
    adam = Adam([one, other], (0.9, 0.99), [1.0, 0.1])
    adam.step([torch.ones(3), torch.ones(3)], 0.01)
    assert torch.allclose(1 - one, torch.full((3,), 0.01)) and torch.allclose(1 - other, torch.full((3,), 0.001), atol=1e-6)
