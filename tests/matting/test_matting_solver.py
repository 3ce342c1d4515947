"""Conjugate gradients and their preconditioners; iteration counts are pinned, seconds are not."""

import pytest
import torch

from matting import MattingOperator, Multigrid, conjugate_gradients, jacobi, matting_laplacian, system
from matting.system import unknown_system


def positive_definite(n=30):
    root = torch.randn(n, n, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return root @ root.T + torch.diag(torch.linspace(1, 50, n, dtype=torch.float64))


def right_hand_sides(n, columns):
    return torch.randn(n, columns, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def matting_system(height=60, width=90):
    """Unknown pixels between a known left and a known right end of a smooth noisy photo."""
    generator = torch.Generator().manual_seed(2)
    ramp = torch.linspace(0, 1, width, dtype=torch.float64).expand(3, height, width)
    image = ramp + 0.05 * torch.rand(3, height, width, generator=generator, dtype=torch.float64)
    known = torch.zeros(height, width, dtype=torch.bool)
    known[:, :3] = known[:, -3:] = True
    values = torch.zeros(1, height, width, dtype=torch.float64)
    values[..., -3:] = 1
    return *unknown_system(image, values, known, 1e-4), ~known


@pytest.mark.parametrize("share", [0.02, 0.5, 0.999])
def test_a_system_assembled_in_strips_is_that_of_the_whole_matrix(monkeypatch, share):
    monkeypatch.setattr(system, "STRIP", 60)
    random = torch.Generator().manual_seed(4)
    image, values = torch.rand(3, 23, 31, generator=random), torch.rand(2, 23, 31, generator=random)
    known = torch.rand(23, 31, generator=random) < share
    known[0, 0] = False
    A, b = unknown_system(image, values, known, 1e-5)
    L = matting_laplacian(image, 1e-5, known=known).to_dense()
    unknown = ~known.flatten()
    assert torch.allclose(A.to_dense(), L[unknown][:, unknown], atol=1e-12)
    expected = -L[unknown][:, ~unknown] @ values.flatten(1).T[~unknown].double()
    assert torch.allclose(b, expected, atol=1e-12)


def test_solves_every_column():
    A, b = positive_definite(), right_hand_sides(30, 4)
    solution = conjugate_gradients(A, b, tolerance=1e-10)
    assert solution.converged and solution.residual <= 1e-10
    assert torch.allclose(solution.x, torch.linalg.solve(A, b))
    one = conjugate_gradients(A, b[:, 2], tolerance=1e-10)
    assert one.x.shape == (30,) and torch.allclose(one.x, solution.x[:, 2])


def test_ends_within_as_many_iterations_as_unknowns():
    diagonal = torch.diag(torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64))
    solution = conjugate_gradients(diagonal, torch.ones(4, dtype=torch.float64), preconditioner=lambda r: r)
    assert solution.converged and solution.iterations <= 4
    assert conjugate_gradients(diagonal, torch.ones(4, dtype=torch.float64)).iterations == 1


def test_zero_right_hand_side_gives_zero():
    A = positive_definite()
    solution = conjugate_gradients(A, torch.zeros(30, 2, dtype=torch.float64), x0=right_hand_sides(30, 2))
    assert solution.converged and solution.iterations == 0 and solution.residual == 0
    assert not solution.x.any()
    b = right_hand_sides(30, 2)
    b[:, 0] = 0
    mixed = conjugate_gradients(A, b)
    assert mixed.converged and not mixed.x[:, 0].any() and torch.isfinite(mixed.x).all()


def test_a_good_start_saves_iterations():
    A, b = positive_definite(), right_hand_sides(30, 1)
    answer = torch.linalg.solve(A, b)
    assert conjugate_gradients(A, b, answer).iterations == 0
    assert conjugate_gradients(A, b, answer).converged


def test_says_when_it_did_not_converge():
    A, b, seen = positive_definite(), right_hand_sides(30, 2), []
    solution = conjugate_gradients(A, b, max_iterations=3, callback=lambda *step: seen.append(step))
    assert not solution.converged and solution.iterations == 3
    assert [iteration for iteration, _ in seen] == [1, 2, 3] and seen[-1][1] == solution.residual
    reached = float(((A @ solution.x - b).norm(dim=0) / b.norm(dim=0)).max())
    assert reached == pytest.approx(solution.residual, rel=1e-6)


def test_takes_matrix_free_and_sparse_alike():
    image = torch.rand(3, 9, 8, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    L, operator = matting_laplacian(image), MattingOperator(image)
    b = L @ right_hand_sides(72, 2)
    assert torch.allclose(jacobi(L)(b), jacobi(operator)(b))
    sparse, free = (conjugate_gradients(A, b, tolerance=1e-9) for A in (L, operator))
    assert sparse.converged and free.converged
    assert torch.allclose(L @ sparse.x, L @ free.x, atol=1e-7)


def test_multigrid_needs_a_few_iterations_where_jacobi_needs_hundreds():
    A, b, unknown = matting_system()
    plain = conjugate_gradients(A, b, tolerance=1e-8)
    fast = conjugate_gradients(A, b, preconditioner=Multigrid(A, unknown), tolerance=1e-8)
    assert plain.converged and fast.converged
    assert torch.allclose(plain.x, fast.x, atol=1e-5)
    assert plain.iterations > 150
    assert fast.iterations < 40


def test_multigrid_is_symmetric_and_positive():
    A, _, unknown = matting_system(23, 37)
    M = Multigrid(A, unknown)
    assert len(M.levels) == 1
    matrix = M(torch.eye(A.shape[0], dtype=torch.float64))
    assert torch.allclose(matrix, matrix.T, atol=1e-9 * float(matrix.abs().max()))
    assert torch.linalg.eigvalsh(matrix).min() > 0
    assert torch.allclose(M(torch.ones(A.shape[0], dtype=torch.float64)), matrix.sum(1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"b": torch.ones(4)}, r"A and b must have shapes .*, got \(3, 3\) and \(4,\)"),
        ({"b": torch.ones(3), "x0": torch.ones(3, 1)}, r"x0 must have the shape of b, \(3,\), got \(3, 1\)"),
        ({"b": torch.ones(3), "tolerance": 0}, "tolerance must be above 0 and max_iterations at least 0, got 0 and 2000"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        conjugate_gradients(torch.eye(3), **arguments)


def test_multigrid_error():
    with pytest.raises(ValueError, match="pixels must be a boolean plane with 9 True, one for each row of A, got"):
        Multigrid(matting_laplacian(torch.rand(3, 3, 3)), torch.zeros(3, 3, dtype=torch.bool))
