"""Optical flow on motions that are known, by both libraries."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from photostyle import flow as flows
from photostyle.flow import SLOWER, believed, flow_notes, has_opencv, optical_flow, warped


@pytest.fixture(params=[True, False], ids=["OpenCV", "scikit-image"])
def library(request, monkeypatch):
    """Each of the libraries in turn."""
    if request.param and not has_opencv():
        pytest.skip("OpenCV is not installed")
    monkeypatch.setattr(flows, "has_opencv", lambda: request.param)
    return request.param


@pytest.fixture(scope="module")
def scene():
    """Blobs of light, (80, 112)."""
    light = gaussian_filter(np.random.default_rng(3).random((80, 112)), 2)
    return ((light - light.min()) / np.ptp(light)).astype(np.float32)


def test_a_shift_is_found_and_undone(scene, library):
    first, second = scene[8:72, 8:104], scene[6:70, 3:99]  # what was at x is 5 to the right of it and 2 below
    flow = optical_flow(first, second)
    assert flow.shape == (64, 96, 2) and flow.dtype == np.float32
    assert np.abs(np.median(flow, (0, 1)) - (5, 2)).max() < 0.2
    back = warped(torch.from_numpy(second.copy())[None], flow)[0].numpy()
    inside = (slice(10, -10), slice(10, -10))
    assert np.abs(back - first)[inside].mean() < 0.2 * np.abs(second - first)[inside].mean()


def test_tiny_and_flat_pictures_have_flow_too(library):
    for size in ((1, 1), (5, 3), (9, 40)):
        assert np.isfinite(optical_flow(np.full((*size, 3), 0.5), np.full((*size, 3), 0.5))).all()


def test_what_is_hidden_is_not_believed(scene):
    behind = np.repeat(np.repeat(scene[:64, :96][:, :, None], 1, 2), 3, 2)
    first, second = behind.copy(), behind.copy()
    first[20:44, 20:44] = scene[30:54, 70:94, None]
    second[20:44, 32:56] = scene[30:54, 70:94, None]
    seen = believed(optical_flow(first, second), optical_flow(second, first))
    assert seen[:, 70:].mean() > 0.95  # nothing moves there
    assert seen[22:42, 46:54].mean() < 0.5  # the square comes to lie there


def test_the_slower_library_is_said(library):
    assert flow_notes() == (() if library else (SLOWER,))
