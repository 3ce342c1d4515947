"""The matting algebra under photostyle's own name: what `matting` makes public, and nothing else.

`matting` knows nothing of photostyle and can be used without it. See its modules for what each name does.
"""

from matting import (
    MattingOperator,
    Multigrid,
    Solution,
    alpha_from_trimap,
    apply_coefficients,
    conjugate_gradients,
    guided_coefficients,
    guided_filter,
    jacobi,
    matting_laplacian,
    quadratic_form,
    refine_mask,
)

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
