"""Laws of the matting Laplacian (Levin et al. 2008), tried on sizes that are odd, prime and as small as a window."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from matting import MattingOperator, matting_laplacian

CASES = {
    "size": st.tuples(st.integers(5, 13), st.integers(5, 13)),
    "channels": st.sampled_from([1, 3]),
    "radius": st.integers(1, 2),
    "epsilon": st.sampled_from([1e-7, 1e-4, 1e-1]),
    "seed": st.integers(0, 1000),
}


def drawn(size, channels, seed):
    """Colours (C, H, W) and a plane (H, W)."""
    generator = torch.Generator().manual_seed(seed)
    image = torch.rand(channels, *size, generator=generator, dtype=torch.float64)
    return image, torch.rand(size, generator=generator, dtype=torch.float64)


@given(**CASES)
def test_it_is_symmetric_its_rows_sum_to_0_and_no_plane_costs_less_than_nothing(size, channels, radius, epsilon, seed):
    image, _ = drawn(size, channels, seed)
    L = matting_laplacian(image, epsilon=epsilon, radius=radius).to_dense()
    largest = float(L.abs().max())
    torch.testing.assert_close(L, L.T, rtol=0, atol=1e-9 * largest)
    assert L.sum(1).abs().max() < 1e-9 * largest
    assert torch.linalg.eigvalsh(L).min() > -1e-9 * largest


@given(**CASES)
def test_what_is_affine_in_the_colours_costs_next_to_nothing(size, channels, radius, epsilon, seed):
    image, plane = drawn(size, channels, seed)
    L = matting_laplacian(image, epsilon=1e-9, radius=radius)
    affine = torch.einsum("c,chw->hw", torch.linspace(-1, 2, channels, dtype=torch.float64), image) + 0.3
    cost = lambda v: float(v.flatten() @ (L @ v.flatten()))
    assert abs(cost(affine)) < 1e-6 * (cost(affine + plane) + 1e-12)


@given(**CASES)
def test_the_matrix_free_operator_is_the_matrix(size, channels, radius, epsilon, seed):
    image, plane = drawn(size, channels, seed)
    L = matting_laplacian(image, epsilon=epsilon, radius=radius)
    made = MattingOperator(image, epsilon=epsilon, radius=radius) @ plane.flatten()
    torch.testing.assert_close(made, L @ plane.flatten(), rtol=0, atol=1e-9 * float(L.values().abs().max()))
