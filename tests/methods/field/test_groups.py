"""Regions are solved as one where they share a partner, and what is doubtful is given to the whole photo's transform."""

import pytest
import torch

from photostyle.methods.field.groups import DOUBTED, SURE, doubt, grouped, joined
from photostyle.regions import Pair

MASKS = torch.tensor([[[1.0, 0.0]], [[0.0, 1.0]]])


def pair(name, style, trust, share=0.5):
    return Pair(name, style, "test", content_share=share, trust=trust)


def test_pairs_that_are_sure_are_groups_of_their_own():
    groups = grouped([pair("sky", "sky", 1.0), pair("sea", "sea", SURE)])
    assert [each.style for each in groups.pairs] == ["sky", "sea"]
    assert groups.shares.equal(torch.eye(2)) and groups.members.equal(torch.eye(2))
    assert groups.parts(MASKS).equal(MASKS) and groups.counted(MASKS).equal(MASKS)


def test_a_doubted_region_gives_its_pixels_to_the_whole_photo_by_its_doubt():
    half = (SURE + DOUBTED) / 2
    groups = grouped([pair("sky", "sky", 0.5), pair("sea", "wall", half)])
    assert [each.kind for each in groups.pairs] == ["matched", "matched", "whole"]
    torch.testing.assert_close(groups.shares, torch.tensor([[1, 0, 0], [0, 0.5, 0.5]]))
    torch.testing.assert_close(groups.parts(MASKS).sum(0), torch.ones(1, 2))
    assert groups.counted(MASKS)[2].equal(torch.ones(1, 2)), "all of the photo goes to all of the style"
    sky, sea, whole = (each.trust for each in groups.pairs)
    assert (sky, sea, whole) == pytest.approx((0.5, half / 2, 0.5 * half * 0.5))


def test_what_regions_get_is_mixed_from_their_groups():
    groups = grouped([pair("sky", "sky", 0.5), pair("sea", "wall", DOUBTED)])
    values = torch.tensor([[1.0], [2.0], [4.0]])
    assert groups.of_regions(values).tolist() == [[1.0], [4.0]]
    assert groups.least(torch.tensor([[3.0], [2.0]])).tolist() == [[3.0], [2.0], [2.0]]
    assert groups.least(None) is None


def test_what_is_protected_or_ignored_does_not_count_in_the_whole_photo():
    kinds = ("protected", "ignored", "global")
    pairs = [pair("sea", "wall", DOUBTED, 0.25), *(Pair(kind, None, "test", content_share=0.25, kind=kind) for kind in kinds)]
    groups = grouped(pairs)
    assert groups.members[:, -1].tolist() == [1, 0, 0, 1]
    assert groups.shares[:, -1].tolist() == [1, 0, 0, 0]


def test_only_what_was_found_is_doubted():
    assert doubt(pair("sky", "sky", 1.0)) == 0
    assert doubt(pair("sky", "wall", 0.1)) == 1
    assert doubt(Pair("sky", None, "test", kind="global", trust=0.1)) == 0


def test_regions_of_one_partner_are_joined_and_trusted_by_area():
    pairs = [pair("sky", "sky", 1.0, 0.3), pair("haze", "sky", 0.5, 0.1), pair("sea", "sea", 1.0)]
    groups = grouped(pairs)
    assert len(groups.pairs) == 2 and groups.pairs[0].trust == pytest.approx(0.875)
    assert joined(pairs[:1]) == pairs[0]
    assert groups.parts(torch.ones(3, 1, 1)).flatten().tolist() == [2, 1]
