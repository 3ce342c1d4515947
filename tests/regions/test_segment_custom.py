"""Functions of the user's own as segmenters: what they may return, and how a wrong answer is said."""

import numpy as np
import pytest
import torch

from photostyle.errors import ModelError, OptionError
from photostyle.regions.labels import CLASSES
from photostyle.regions.segment import load_segmenter

PIXELS = np.zeros((6, 8, 3), np.float32)
HALVES = np.repeat(np.array([[0, 1]]), 6, 0).repeat(4, 1)


def answer(value):
    return load_segmenter(lambda pixels: value)(PIXELS)


def test_labels_with_names():
    segmentation = answer((HALVES, ("left", "right")))
    assert segmentation.classes == ("left", "right")
    assert torch.equal(segmentation.probabilities[1], torch.as_tensor(HALVES).float())


def test_labels_alone_are_of_the_coarse_classes():
    segmentation = answer(torch.full((3, 4), 3))
    assert segmentation.classes == CLASSES
    assert segmentation.probabilities[CLASSES.index("water")].min() == 1


def test_probabilities_with_names_are_made_to_sum_to_one():
    segmentation = answer((np.full((2, 3, 4), 0.4999), ["a", "b"]))
    torch.testing.assert_close(segmentation.probabilities, torch.full((2, 3, 4), 0.5))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "must return an array, or"),
        (np.zeros(4, int), r"must return labels \(h, w\) or probabilities \(K, h, w\), got \(4,\)"),
        (np.zeros((2, 2)), "must return labels as integers, got torch.float64"),
        (np.zeros((0, 2), int), "returned an empty label map"),
        ((HALVES, ("one",)), "names 1 classes, but its labels run from 0 to 1"),
        ((HALVES - 1, ("a", "b")), "names 2 classes, but its labels run from -1 to 0"),
        ((HALVES, ("a", "a")), "must name its classes by different words"),
        ((np.full((2, 3, 4), 0.5), ("a", "b", "c")), "names 3 classes, but gives 2 probabilities"),
        ((np.full((2, 3, 4), 0.7), ("a", "b")), "sum to 1 at each pixel; the least is 0.7, the sums run from 1.4"),
        ((np.full((2, 3, 4), np.nan), ("a", "b")), "sum to 1 at each pixel"),
        ((np.stack([np.full((3, 4), 1.5), np.full((3, 4), -0.5)]), ("a", "b")), "the least is -0.5"),
    ],
)
def test_a_wrong_answer_is_said(value, text):
    with pytest.raises(ModelError, match=text) as caught:
        answer(value)
    assert "\n" not in str(caught.value)


def test_module_and_function(tmp_path, monkeypatch):
    source = "import numpy as np\ndef nothing(p):\n    return np.zeros(p.shape[:2], int)\n"
    (tmp_path / "my_segmenter.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    segmenter = load_segmenter("my_segmenter:nothing")
    assert segmenter.name == "my_segmenter:nothing"
    assert segmenter.probabilities(PIXELS)[0].min() == 1


def test_a_module_or_function_that_is_not_there_is_said():
    with pytest.raises(OptionError, match="segmenter 'no_such_place:f': the module 'no_such_place' cannot be imported"):
        load_segmenter("no_such_place:f")
    with pytest.raises(OptionError, match="segmenter 'math:halves': 'math' has no function 'halves'"):
        load_segmenter("math:halves")
