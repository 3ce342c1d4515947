"""Pairs come about by name, kinship, likeness; what is left follows the whole style photo."""

from dataclasses import replace

import pytest
import torch

from photostyle.errors import OptionError
from photostyle.regions import Regions, likeness, pair_regions, pair_table, pairing, whole
from photostyle.story_notes import pair_notes


def bands(*names, tiny=None):
    masks = torch.zeros((len(names), 60, 40))
    for i, band in enumerate(torch.arange(60).tensor_split(len(names))):
        masks[i, band] = 1
    if tiny:
        masks = torch.cat([masks, torch.zeros((1, 60, 40))])
        masks[:, 0, 0] = 0
        masks[-1, 0, 0] = 1
        names = (*names, tiny)
    return Regions(tuple(names), masks, tuple((i, 0, 0) for i in range(len(names))))


@pytest.fixture
def kinship(monkeypatch):
    table = {"lake": (("ground", 0.9), ("sea", 0.2))}
    monkeypatch.setattr(pairing, "related_classes", lambda name: tuple(sorted(table.get(name, ()), key=lambda k: k[1])))


def test_same_names_pair_and_shares_are_told():
    pairs = pair_regions(bands("sky", "sea"), bands("sea", "sky", "hill"))
    assert [(p.content, p.style) for p in pairs] == [("sky", "sky"), ("sea", "sea")]
    assert {(p.how, p.kind) for p in pairs} == {("same name", "matched")}
    assert pairs[0].content_share == pytest.approx(1 / 2)
    assert pairs[0].style_share == pytest.approx(1 / 3)


def test_the_nearest_kin_stands_in(kinship):
    (pair,) = pair_regions(bands("lake"), bands("ground", "sea"))
    assert (pair.style, pair.how) == ("sea", "related (0.2)")


def test_nothing_fits_then_the_whole_style_gently():
    pair = pair_regions(bands("red", "qqq", "blue"), bands("red", "blue"))[1]
    assert (pair.style, pair.kind) == (None, "global")
    assert "the style has no qqq" in pair.how and "gently" in pair.how
    assert pair_regions(bands("red", "blue"), whole((5, 5)))[0].how.startswith("the style has no mask")


def test_where_most_of_the_photo_has_no_partner_it_takes_from_the_whole_style_in_full():
    first, second, third = pair_regions(bands("red", "qqq", "www"), bands("red", "blue"))
    assert (first.kind, second.kind, third.kind) == ("matched", "whole", "whole")
    assert second.how == "the style has no qqq: takes from the whole style, as most of the photo does"
    kept = pair_regions(bands("red", "qqq", "www"), bands("red", "blue"), protect=["qqq", "www"])
    assert [pair.kind for pair in kept] == ["matched", "protected", "protected"]


def test_what_a_person_names_is_trusted_more_than_what_is_likely():
    content, style = bands("a", "b"), bands("a", "d")
    alike = torch.tensor([[1.0, 0.0], [0.9, 0.44]]), torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    first, second = pair_regions(content, style, features=alike, pairs={"a": "a"})
    assert first.trust == 1.0 and 0 < second.trust <= 0.5
    assert [pair.trust for pair in pair_regions(content, style)] == [1.0, 1.0]


def test_a_tiny_style_region_is_no_partner():
    pairs = pair_regions(bands("sky", "red"), bands("sky", tiny="red"))
    assert pairs[1].style is None
    assert "under 0.1%" in pairs[1].how


def test_likeness_counts_features_and_height():
    content, style = bands("a", "b"), bands("c", "d")
    same = torch.ones((2, 4))
    assert [p.style for p in pair_regions(content, style, features=(same, same))] == ["c", "d"]
    assert [p.style for p in pair_regions(content, style, features=lambda regions, side: same)] == ["c", "d"]
    far = torch.tensor([[1.0, 0, 0, 0]]).expand(2, 4), torch.tensor([[0.0, 1, 0, 0]]).expand(2, 4)
    pairs = pair_regions(content, style, features=far)
    assert [p.style for p in pairs] == [None, None] and "nothing in the style is like its a (0.00)" in pairs[0].how


def test_a_sliver_does_not_light_half_a_photo():
    alike, half = torch.tensor([[0.80, 0.75]]), torch.tensor([1.0])
    assert likeness.transport(alike, half, torch.tensor([0.01, 0.99])).argmax(1).tolist() == [1]
    assert likeness.transport(alike, half, torch.tensor([0.5, 0.5])).argmax(1).tolist() == [0]
    plan = likeness.transport(torch.rand(5, 3), torch.full((5,), 0.2), torch.tensor([0.1, 0.2, 0.7]))
    torch.testing.assert_close(plan.sum(1), torch.full((5,), 0.2).double())


def test_found_regions_pair_by_what_was_seen_and_not_by_name():
    content, style = bands("sky", "grass"), bands("sky", "vegetation")
    seen = torch.tensor([[0.9, 0.1, 0], [0, 0.6, 0.4]]), torch.tensor([[0.8, 0.2, 0], [0, 0.4, 0.6]])
    pairs = pair_regions(content, style, features=seen)
    assert [p.style for p in pairs] == ["sky", "vegetation"]
    assert pairs[0].how.startswith("same class (") and pairs[1].how.startswith("related (")


def test_what_was_painted_among_found_regions_goes_by_name_and_the_others_by_likeness():
    features = torch.eye(3)
    ours = replace(bands("sky", "rock", "hat"), features=features, named=frozenset({"hat"}))
    theirs = replace(bands("hat", "sky", "stone"), features=features[[1, 0, 2]])
    pairs = {pair.content: pair for pair in pair_regions(ours, theirs)}
    assert (pairs["hat"].style, pairs["hat"].how, pairs["hat"].trust) == ("hat", "same name", 1.0)
    assert pairs["sky"].style == "sky"
    assert pairs["rock"].style == "hat"
    assert pairs["rock"].trust < 1
    unnamed = replace(theirs, names=("cap", "sky", "stone"))
    (pair,) = [pair for pair in pair_regions(ours, unnamed) if pair.content == "hat"]
    assert pair.style == "stone"


def test_what_is_asked_goes_first():
    asked = {"pairs": {"sky": "sea"}, "ignore": ["sea"], "protect": ["man"]}
    pairs = pair_regions(bands("sky", "sea", "man"), bands("sky", "sea"), **asked)
    assert [(p.style, p.kind) for p in pairs] == [("sea", "matched"), (None, "ignored"), (None, "protected")]


def test_unknown_names_list_the_known():
    with pytest.raises(OptionError, match="the content has no region 'moon'; it has sky, sea"):
        pair_regions(bands("sky", "sea"), bands("sky"), pairs={"moon": "sky"})
    with pytest.raises(OptionError, match="the style has no region 'moon'; it has sky"):
        pair_regions(bands("sky", "sea"), bands("sky"), pairs={"sea": "moon"})
    with pytest.raises(OptionError, match="neither photo has it"):
        pair_regions(bands("sky"), bands("sky"), ignore=["moon"])
    with pytest.raises(OptionError, match="protect moon"):
        pair_regions(bands("sky"), bands("sky"), protect=["moon"])


def test_a_class_that_a_photo_lacks_is_no_mistake():
    """One photo of a set shows no person; a misspelt name, or one beside painted names of other kinds, is a mistake still."""
    asked = {"protect": ["person", "skin"], "ignore": ["vehicle"], "pairs": {"water": "sky"}}
    assert [pair.style for pair in pair_regions(bands("sky"), bands("sky"), **asked)] == ["sky"]
    with pytest.raises(OptionError, match="protect person: the content has no such region; it has sky, dress"):
        pair_regions(bands("sky", "dress"), bands("sky"), protect=["person"])


def test_the_table_has_unused_style_regions_last():
    content, style = bands("sky", "qqq"), bands("sky", "hill", "sea")
    rows = pair_table(content, style, pair_regions(content, style))
    assert [(r.name, r.pair) for r in rows] == [("sky", "sky"), ("qqq", "whole style"), ("hill", "-"), ("sea", "-")]


def painted(**shares):
    """Regions by hand, in rows, of these shares of 1000."""
    masks = torch.zeros(len(shares), 1000, 1)
    first = 0
    for place, share in enumerate(shares.values()):
        masks[place, first : first + share] = 1
        first += share
    return Regions(tuple(shares), masks, tuple((place, 0, 0) for place in range(len(shares))))


def test_a_sliver_of_the_style_is_warned_of_where_another_has_much_more():
    content = painted(sky=600, grass=400)
    style = painted(sky=20, water=600, grass=380)
    sky, grass = pair_regions(content, style)
    assert sky.warning == "sky: takes from 2.0% of the style, its sky; its water has 60% and may serve better: pair sky=water"
    assert grass.warning is None
    assert pair_notes([sky, grass]) == [sky.warning]
    assert pair_regions(content, style, pairs={"sky": "sky"})[0].warning is None  # asked for
    assert pair_regions(content, painted(sky=60, water=940))[0].warning is None  # enough
    assert pair_regions(content, painted(sky=20, building=980))[0].warning is None  # nothing else would do
    assert pair_regions(painted(sky=10, grass=990), style)[0].warning is None  # no larger itself


def test_what_is_erased_keeps_its_light_and_gives_none():
    content = painted(sky=600, erased=400)
    sky, erased = pair_regions(content, painted(sky=500, erased=500))
    assert (sky.style, erased.style, erased.kind) == ("sky", None, "protected")


@pytest.mark.parametrize(
    "ours, theirs",
    [("Sky", "sky"), ("swimming_pool", "Swimming Pool"), ("trees", "vegetation"), ("background", "rest"), ("sea", "lake")],
)
def test_names_of_other_programs_pair(ours, theirs):
    content = painted(**{ours: 500, "my dog": 500})
    pair, _ = pair_regions(content, painted(**{theirs: 500, "my cat": 500}))
    assert pair.style == theirs


def embedded(regions, *angles):
    """The regions with embeddings in a plane, by their angles in degrees; None for a region of which nothing is known."""
    turn = torch.deg2rad(torch.tensor([0.0 if angle is None else angle for angle in angles]))
    known = torch.tensor([angle is not None for angle in angles])
    return replace(regions, embedding=torch.stack([turn.cos(), turn.sin()], 1) * known[:, None])


def test_a_partner_less_alike_than_another_is_told_and_the_better_one_is_named():
    content = embedded(painted(sky=500, water=500), 0, -20)
    style = embedded(painted(sky=500, water=500), 60, 0)
    sky, water = pair_regions(content, style)
    assert sky.style == "sky" and sky.warning == (
        "sky: takes from the style's sky, a likeness of 0.50; its water is more like it (1.00): pair sky=water"
    )
    assert water.warning is None
    assert pair_notes([sky, water]) == [sky.warning]
    assert pair_regions(content, style, pairs={"sky": "sky"})[0].warning is None  # asked for


def test_a_partner_little_alike_is_told_where_nothing_is_better():
    content, style = embedded(painted(sky=500, grass=500), 0, 90), embedded(painted(sky=500, grass=500), 80, 85)
    sky, grass = pair_regions(content, style)
    said = "sky: takes from the style's sky, a likeness of 0.17, and nothing there is like it: protect sky keeps its light"
    assert (sky.warning, grass.warning) == (said, None)


def test_small_regions_unknown_ones_and_photos_without_embeddings_are_not_told_of():
    content, style = painted(sky=40, grass=960), embedded(painted(sky=500, grass=500), 90, 0)
    assert pair_regions(embedded(content, 0, 0), style)[0].warning is None
    assert pair_regions(embedded(painted(sky=500, grass=500), None, 0), style)[0].warning is None
    assert pair_regions(painted(sky=500, grass=500), style)[0].warning is None


def test_a_photo_has_no_doubt_about_itself():
    photo = embedded(painted(sky=300, grass=300, water=400), 0, 70, 140)
    assert [pair.warning for pair in pair_regions(photo, photo)] == [None] * 3


def test_of_several_that_would_do_the_most_fitting_is_named():
    style = painted(water=30, ground_sand_snow=500, sky=470)
    assert "pair water=sky" in pair_regions(painted(water=600, person=400), style)[0].warning
