"""The matting Laplacian: equal to pymatting's, its laws, its quadratic form."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix

from matting import MattingOperator, matting_laplacian, quadratic_form

SIZES = [(3, 3), (3, 4), (4, 3), (5, 5), (7, 11), (3, 41), (37, 3), (31, 29), (101, 67)]


def photo(height, width, channels=3, seed=0):
    """Noise, a ramp and a flat patch, whose covariance is epsilon alone."""
    generator = torch.Generator().manual_seed(seed)
    image = torch.rand(channels, height, width, generator=generator, dtype=torch.float64)
    ramp = torch.linspace(0, 1, width, dtype=torch.float64)
    image[:, : height // 2] = ramp
    image[:, height // 2 :, : width // 2] = 0.5
    return image + 1e-3 * torch.rand(channels, height, width, generator=generator, dtype=torch.float64)


def relative(ours, theirs):
    return float((ours - theirs).abs().max() / theirs.abs().max())


@pytest.fixture(params=[1, 3], ids=["one thread", "three threads"])
def threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("with_known", [False, True])
def test_equal_to_pymatting(size, with_known):
    pymatting = pytest.importorskip("pymatting")
    image = torch.rand(3, *size, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    known = torch.rand(size, generator=torch.Generator().manual_seed(1)) < 0.9 if with_known else None
    theirs = pymatting.cf_laplacian(image.permute(1, 2, 0).numpy().copy(), is_known=None if known is None else known.numpy())
    L = matting_laplacian(image, known=known)
    ours = csr_matrix((L.values().numpy(), L.col_indices().numpy(), L.crow_indices().numpy()), L.shape)
    assert abs(ours - theirs).max() <= 1e-6 * abs(theirs).max()


def exact_laplacian(image, epsilon=1e-7):
    """Levin et al. 2008, eq. 12, window by window in extended precision, by elimination."""
    channels, height, width = image.shape
    values = image.numpy().astype(np.longdouble)
    L = np.zeros((height * width, height * width), np.longdouble)
    for top, left in np.ndindex(height - 2, width - 2):
        window = values[:, top : top + 3, left : left + 3].reshape(channels, 9).T
        d = window - window.mean(0)
        ridge = np.eye(channels, dtype=np.longdouble) * np.longdouble(epsilon) / 9
        system = np.concatenate([d.T @ d / 9 + ridge, d.T], 1)
        for k in range(channels):
            system[k] /= system[k, k]
            for other in set(range(channels)) - {k}:
                system[other] -= system[other, k] * system[k]
        pixels = [(top + y) * width + left + x for y in range(3) for x in range(3)]
        L[np.ix_(pixels, pixels)] += np.eye(9) - (1 + d @ system[:, channels:]) / 9
    return torch.from_numpy(L.astype(np.float64))


def test_nearly_grey_photos_keep_their_digits():
    """Where covariances are all but singular, inverses by determinants (pymatting's) are 7e-5 off."""
    assert relative(matting_laplacian(photo(7, 11)).to_dense(), exact_laplacian(photo(7, 11))) < 1e-8


@pytest.mark.parametrize("radius", [2, 3])
def test_larger_windows_equal_to_pymatting(radius):
    pymatting = pytest.importorskip("pymatting")
    image = photo(17, 13)
    theirs = pymatting.cf_laplacian(image.permute(1, 2, 0).numpy().copy(), 1e-4, radius).toarray()
    assert relative(matting_laplacian(image, 1e-4, radius).to_dense(), torch.from_numpy(theirs)) < 1e-9


def test_strips_and_threads_leave_no_seam(threads, monkeypatch):
    monkeypatch.setattr("matting.assembly.CPU_STRIP", 500)
    image = photo(190, 53)
    known = torch.rand(190, 53, generator=torch.Generator().manual_seed(1)) < 0.8
    x = torch.randn(190 * 53, 2, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    for mask in (None, known):
        matrix, operator = matting_laplacian(image, known=mask), MattingOperator(image, known=mask)
        assert relative(matrix @ x, operator @ x) < 1e-9


@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("radius", [1, 2])
def test_assembled_equals_matrix_free(channels, radius):
    image = photo(23, 19, channels)
    known = torch.rand(23, 19, generator=torch.Generator().manual_seed(1)) < 0.9
    x = torch.randn(23 * 19, 3, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    for mask in (None, known):
        matrix = matting_laplacian(image, radius=radius, known=mask)
        operator = MattingOperator(image, radius=radius, known=mask)
        assert relative(operator.matvec(x), matrix @ x) < 1e-8
        assert relative(operator.matvec(x[:, 0]), matrix @ x[:, 0]) < 1e-8
        assert relative(operator.diagonal(), matrix.to_dense().diagonal()) < 1e-8
        assert abs(operator.quadratic(x) / quadratic_form(matrix, x) - 1) < 1e-8


@pytest.mark.parametrize("size", [(3, 3), (5, 4), (13, 11)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_symmetric_positive_semidefinite_rows_sum_to_zero(size, dtype):
    L = matting_laplacian(photo(*size), dtype=dtype).to_dense()
    rounding = max(20 * torch.finfo(dtype).eps, 1e-9) * L.abs().max()  # nearly grey windows lose digits
    assert torch.equal(L, L.T)
    assert L.sum(1).abs().max() <= rounding
    assert torch.linalg.eigvalsh(L.double()).min() >= -rounding


def test_affine_images_of_the_photo_are_free():
    image = photo(17, 23)
    L = matting_laplacian(image)
    colours = image.flatten(1).T
    affine = colours @ torch.tensor([[0.3, -1.0], [0.5, 0.2], [-0.7, 2.0]], dtype=torch.float64) + 0.1
    other = torch.rand(affine.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    assert 0 <= quadratic_form(L, affine) < 1e-4 * quadratic_form(L, other)
    assert quadratic_form(matting_laplacian(image, 1e-12), affine) < 1e-8


def test_windows_of_known_pixels_say_nothing():
    image = photo(9, 9)
    known = torch.ones(9, 9, dtype=torch.bool)
    assert matting_laplacian(image, known=known).values().abs().max() == 0
    known[8, 8] = False
    rows = matting_laplacian(image, known=known).to_dense().abs().sum(1).view(9, 9) > 0
    assert rows[6:, 6:].all() and rows.sum() == 9
    nothing_known = matting_laplacian(image, known=torch.zeros(9, 9)).to_dense()
    assert relative(nothing_known, matting_laplacian(image).to_dense()) < 1e-12


def test_csr_is_well_formed():
    L = matting_laplacian(photo(6, 7).float(), dtype=torch.float32)
    assert L.layout == torch.sparse_csr and L.dtype == torch.float32 and L.col_indices().dtype == torch.int32
    checked = torch.sparse_csr_tensor(L.crow_indices(), L.col_indices(), L.values(), L.shape, check_invariants=True)
    assert checked.values().numel() == (5 * 6 - 6) * (5 * 7 - 6)
    assert relative(L.to_dense().double(), matting_laplacian(photo(6, 7).float()).to_dense()) < 1e-6


def test_quadratic_form_and_its_gradient():
    L = matting_laplacian(photo(4, 5), 1e-3)
    v = torch.randn(20, 2, generator=torch.Generator().manual_seed(4), dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda v: quadratic_form(L, v), v)
    (gradient,) = torch.autograd.grad(3 * quadratic_form(L, v), v)
    assert torch.allclose(gradient, 6 * (L @ v.detach()))
    dense = L.to_dense()
    expected = sum(v[:, c] @ dense @ v[:, c] for c in range(2))
    assert torch.allclose(quadratic_form(L, v), expected)


def test_quadratic_form_takes_columns_and_planes():
    L = matting_laplacian(photo(4, 5))
    planes = torch.rand(2, 3, 4, 5, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    each = sum(quadratic_form(L, plane.flatten()) for plane in planes.flatten(0, 1))
    assert torch.allclose(quadratic_form(L, planes), each)
    assert torch.allclose(quadratic_form(L, planes.view(6, 20).T), each)
    assert torch.autograd.gradcheck(lambda v: quadratic_form(L, v), planes[0].requires_grad_())


def test_matrix_free_form_differentiates_in_image_and_vector():
    image, x = photo(4, 5).requires_grad_(), torch.rand(20, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda image, x: MattingOperator(image, 1e-2).quadratic(x), (image, x))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image": torch.rand(3, 2, 5)}, "image must be at least 3 x 3 pixels for windows of radius 1, got 2 x 5"),
        ({"image": torch.rand(3, 4, 5), "radius": 2}, "image must be at least 5 x 5 pixels for windows of radius 2"),
        ({"image": torch.rand(1, 3, 4, 5)}, r"image must have shape \(C, H, W\), got \(1, 3, 4, 5\)"),
        ({"image": torch.zeros(3, 4, 5, dtype=torch.uint8)}, "image must hold floats, in 0 to 1, got torch.uint8"),
        ({"image": torch.full((3, 4, 5), torch.nan)}, "image must be finite"),
        ({"image": torch.rand(3, 4, 5), "epsilon": 0}, "epsilon must be a positive number, got 0"),
        ({"image": torch.rand(3, 4, 5), "radius": 0}, "radius must be a whole number of pixels, at least 1, got 0"),
        ({"image": torch.rand(3, 4, 5), "known": torch.ones(5, 4)}, r"known must have .* \(4, 5\), got \(5, 4\)"),
        ({"image": torch.rand(3, 4, 5), "dtype": torch.float16}, "dtype must be torch.float32 or torch.float64"),
    ],
)
def test_errors_say_what_is_needed(arguments, message):
    with pytest.raises(ValueError, match=message):
        matting_laplacian(**arguments)


def test_quadratic_form_errors():
    L = matting_laplacian(photo(3, 4))
    with pytest.raises(ValueError, match="of N = 12 pixels, got"):
        quadratic_form(L, torch.zeros(3, 12, dtype=torch.float64))
    with pytest.raises(ValueError, match="v must have the type of L, torch.float64, got torch.float32"):
        quadratic_form(L, torch.zeros(12))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_equals_cpu():
    image = photo(61, 47)
    for dtype in (torch.float32, torch.float64):
        ours = matting_laplacian(image.cuda(), dtype=dtype)
        assert ours.device.type == "cuda"
        assert relative(ours.to_dense().cpu(), matting_laplacian(image, dtype=dtype).to_dense()) < 1e-6
