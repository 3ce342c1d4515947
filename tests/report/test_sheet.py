"""The drawing of a contact sheet."""

import numpy as np

from photostyle.report.sheet import FAULT, Cell, draw_sheet


def colours(sheet) -> np.ndarray:
    return (255 * sheet.pixels).round().astype(int)


def test_pictures_stand_in_their_rows_and_columns():
    red, green = (np.zeros((100, 60, 3), np.float32) + c for c in ((1, 0, 0), (0, 1, 0)))
    sheet = colours(draw_sheet([[Cell(), Cell(red)], [Cell(green, "a.jpg"), Cell(red)]], 100))
    reds, greens = ((sheet == colour).all(2).nonzero() for colour in ((255, 0, 0), (0, 255, 0)))
    assert len(reds[0]) == 2 * 6000 and len(greens[0]) == 6000
    assert greens[1].max() < reds[1].min() and greens[0].max() == reds[0].max()


def test_hostile_labels_and_faults_are_drawn_within_their_place():
    hostile = "\udc80\n\0 <b>" + "long" * 200
    small = np.zeros((30, 100, 3), np.float32)
    sheet = draw_sheet([[Cell(small, hostile), Cell(None, hostile, hostile)]], 100)
    assert sheet.size[0] < 300 and sheet.size[1] < 130
    assert (colours(sheet) == FAULT).all(2).any()
