"""A matrix that sums in one order is the CSR matrix that it was made of."""

import pytest
import torch

from matting.laplacian import matting_laplacian, quadratic_form
from matting.ordered import WIDTH, OrderedMatrix, in_order


def sparse(rows, columns, share, seed=0):
    random = torch.Generator().manual_seed(seed)
    dense = torch.randn(rows, columns, generator=random, dtype=torch.float64)
    return dense * (torch.rand(rows, columns, generator=random) < share)


@pytest.mark.parametrize("shape", [(7, 5), (3, 40), (2, WIDTH), (2, 3 * WIDTH**2)])
@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_a_product_is_that_of_the_matrix(shape, share):
    dense = sparse(*shape, share)
    ordered = OrderedMatrix(dense.to_sparse_csr())
    for x in (torch.rand(shape[1], 12, dtype=torch.float64), torch.rand(shape[1], dtype=torch.float64)):
        torch.testing.assert_close(ordered @ x, dense @ x, rtol=1e-12, atol=1e-12)
    assert ordered.shape == dense.shape


def test_long_rows_beside_empty_ones_are_summed_in_several_rounds():
    dense = torch.zeros(4, 2000, dtype=torch.float64)
    dense[2] = torch.arange(2000)
    dense[3, 1999] = 1
    ordered = OrderedMatrix(dense.to_sparse_csr())
    assert [len(columns) for columns, _ in ordered.steps] == [66, 5, 4]
    assert (ordered @ torch.ones(2000, dtype=torch.float64)).tolist() == [0, 0, 1999 * 1000, 1]


def test_the_laplacians_form_and_gradient_are_the_same():
    image = torch.rand(3, 9, 11, dtype=torch.float64)
    laplacian = matting_laplacian(image)
    forms = []
    for matrix in (laplacian, OrderedMatrix(laplacian)):
        v = image.flip(2).clone().requires_grad_()
        value = quadratic_form(matrix, v)
        forms.append((value, torch.autograd.grad(value, v)[0]))
    torch.testing.assert_close(forms[0], forms[1], rtol=1e-10, atol=1e-10)


def test_a_processor_keeps_its_matrix():
    matrix = torch.eye(3).to_sparse_csr()
    assert in_order(matrix) is matrix
