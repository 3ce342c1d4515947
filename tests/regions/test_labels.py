"""The coarse classes: swatches that people can tell apart, kinship that makes sense, and ADE20K folded whole."""

import itertools

from photostyle.regions.labels import ADE20K, CLASSES, COLOURS, RELATED


def test_every_class_has_a_swatch_far_from_the_others():
    assert set(COLOURS) == set(CLASSES)
    for one, other in itertools.combinations(COLOURS.values(), 2):
        assert sum(abs(a - b) for a, b in zip(one, other, strict=True)) >= 60
    assert all(0 <= level <= 255 for colour in COLOURS.values() for level in colour)


def test_kinship_names_other_classes_nearest_first():
    assert set(RELATED) == set(CLASSES)
    for name, kin in RELATED.items():
        names, costs = [other for other, _ in kin], [cost for _, cost in kin]
        assert name not in names and len(set(names)) == len(names) and set(names) <= set(CLASSES)
        assert costs == sorted(costs) and all(0 < cost <= 1 for cost in costs)


def test_sky_and_what_stands_on_the_ground_are_no_kin():
    solid = set(CLASSES) - {"sky", "water"}
    assert not solid & {name for name, _ in RELATED["sky"]}
    assert all("sky" not in dict(RELATED[name]) for name in solid)


def test_all_150_classes_of_ade20k_are_folded():
    assert len(ADE20K) == 150
    assert len({name for name, _ in ADE20K}) == 150
    assert {coarse for _, coarse in ADE20K} == set(CLASSES)


def test_ade20k_is_in_the_order_of_the_benchmark():
    places = {0: "wall", 2: "sky", 4: "tree", 12: "person", 26: "sea", 60: "river", 126: "animal", 149: "flag"}
    assert {place: ADE20K[place][0] for place in places} == places
