"""Linear algebra of photo edges: matting Laplacian, its solver, mattes and the guided filter.

Knows nothing of photostyle; needs numpy and torch. All functions work on CPU and CUDA tensors alike.

    laplacian   closed-form matting Laplacian as a sparse CSR matrix; its quadratic form with gradient
    ordered     sparse products that are the same bits each time on a graphics card
    operator    the same matrix without storing it, differentiable in the image
    solver      conjugate gradients, Jacobi preconditioner
    multigrid   a preconditioner whose iterations do not grow with the photo
    guided      guided filter, whole or as coefficients of low size for a large photo
    alpha       alpha matte from a trimap; refinement of a mask's border
    system      the equations of the pixels whose alpha is unknown

An image needs at least one window, 3 x 3 pixels for the usual radius of 1: anything smaller raises ValueError.
"""

from matting.alpha import alpha_from_trimap, refine_mask
from matting.guided import apply_coefficients, guided_coefficients, guided_filter
from matting.laplacian import matting_laplacian, quadratic_form
from matting.multigrid import Multigrid
from matting.operator import MattingOperator
from matting.solver import Solution, conjugate_gradients, jacobi

__all__ = [
    "MattingOperator",
    "Multigrid",
    "Solution",
    "alpha_from_trimap",
    "apply_coefficients",
    "conjugate_gradients",
    "guided_coefficients",
    "guided_filter",
    "jacobi",
    "matting_laplacian",
    "quadratic_form",
    "refine_mask",
]
