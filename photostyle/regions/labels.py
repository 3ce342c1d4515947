"""The coarse classes of every segmenter: names, swatches, which are related; and ADE20K's 150 folded into them."""

from collections.abc import Iterable
from functools import cache

CLASSES = (
    "sky", "vegetation", "grass", "water", "mountain_rock", "ground_sand_snow", "road_pavement", "building", "person",
    "vehicle", "animal", "indoor_surface", "furniture", "other_object",
)  # fmt: skip

SKIN = "skin"  # a region that is taken out of others where it is asked for


def optional_names(regions: Iterable[str]) -> frozenset[str]:
    """Names that options may use although the photo has no such region.

    These are the classes and skin, so that one set of options does for many photos; unless the photo has regions with
    names of its own, where a name that is not among them is a mistake.

    Args:
        regions: the names of the photo's regions.

    >>> "person" in optional_names(["sky", "grass"]), optional_names(["dress", "sky"])
    (True, frozenset())
    """
    known = frozenset((*CLASSES, SKIN))
    if not known.issuperset(regions):
        return frozenset()
    return known


def related_classes(name: str) -> tuple[tuple[str, float], ...]:
    """The classes related to a class, nearest first, as (class, cost); empty for a name that is no class."""
    return tuple(sorted(RELATED.get(name, ()), key=lambda pair: pair[1]))


def plain_name(name: str) -> str:
    """A name without what programs and people write differently: case, and how words are joined.

    >>> plain_name("Swimming-Pool"), plain_name("_background_")
    ('swimming pool', 'rest')
    """
    plain = " ".join(name.casefold().replace("_", " ").replace("-", " ").split())
    return "rest" if plain == "background" else plain


def coarse_class(name: str) -> str | None:
    """The class of a name that people or data sets use, one or many of it; None for a name that says nothing.

    >>> coarse_class("Sky"), coarse_class("trees"), coarse_class("my dog")
    ('sky', 'vegetation', None)
    """
    plain = plain_name(name)
    classes = _classes_by_name()
    return classes.get(plain) or classes.get(plain.removesuffix("s")) or classes.get(plain.removesuffix("es"))


@cache
def _classes_by_name() -> dict[str, str]:
    known = {plain_name(name): coarse for name, coarse in ADE20K}
    for coarse, names in _OTHER_NAMES.items():
        known.update(dict.fromkeys(names.split(), coarse))
    known.update({plain_name(name): name for name in CLASSES})
    return known


# What people and other data sets (PASCAL VOC, COCO) call things, beside ADE20K's names.
_OTHER_NAMES = {
    "sky": "cloud",
    "vegetation": "bush forest foliage leaf wood hedge shrub",
    "grass": "lawn meadow",
    "water": "ocean pond pool wave creek stream",
    "mountain_rock": "cliff stone rocks boulder",
    "ground_sand_snow": "ground soil dirt beach snow desert",
    "road_pavement": "street pavement asphalt",
    "building": "roof facade church castle hut city",
    "person": "man woman child boy girl people face human",
    "vehicle": "aeroplane motorbike motorcycle train bike vehicle",
    "animal": "bird cat dog horse cow sheep bear elephant zebra giraffe",
    "furniture": "couch",
}


# One swatch a class, sRGB 0..255, at least 60 levels apart from every other.
COLOURS: dict[str, tuple[int, int, int]] = {
    "sky": (110, 180, 255),
    "vegetation": (20, 110, 40),
    "grass": (140, 215, 70),
    "water": (20, 60, 190),
    "mountain_rock": (120, 100, 90),
    "ground_sand_snow": (230, 200, 140),
    "road_pavement": (70, 70, 80),
    "building": (200, 60, 50),
    "person": (255, 120, 180),
    "vehicle": (150, 40, 200),
    "animal": (250, 150, 30),
    "indoor_surface": (200, 200, 210),
    "furniture": (110, 50, 10),
    "other_object": (255, 235, 0),
}

# Where a class that the other photo lacks may take its light from, nearest first, with the cost of the step: 0 would be
# the class itself, 1 is the last that still looks right. What is not listed is not related: sky least of all, whose
# light is that of a lamp and not of a surface; only water, its mirror, is related to it.
RELATED: dict[str, tuple[tuple[str, float], ...]] = {
    "sky": (("water", 0.9),),
    "vegetation": (("grass", 0.2), ("mountain_rock", 0.5), ("ground_sand_snow", 0.7)),
    "grass": (("vegetation", 0.2), ("ground_sand_snow", 0.4), ("road_pavement", 0.6), ("mountain_rock", 0.7)),
    "water": (("sky", 0.6), ("ground_sand_snow", 0.7), ("road_pavement", 0.8)),
    "mountain_rock": (("ground_sand_snow", 0.3), ("vegetation", 0.4), ("building", 0.6), ("grass", 0.7)),
    "ground_sand_snow": (("road_pavement", 0.2), ("grass", 0.4), ("mountain_rock", 0.5), ("vegetation", 0.8)),
    "road_pavement": (("ground_sand_snow", 0.2), ("grass", 0.5), ("building", 0.7), ("water", 0.9)),
    "building": (("indoor_surface", 0.5), ("road_pavement", 0.6), ("mountain_rock", 0.6), ("vehicle", 0.8)),
    "person": (("animal", 0.6), ("other_object", 0.8)),
    "vehicle": (("other_object", 0.4), ("building", 0.6), ("road_pavement", 0.7)),
    "animal": (("person", 0.6), ("other_object", 0.7)),
    "indoor_surface": (("building", 0.5), ("furniture", 0.6), ("road_pavement", 0.8)),
    "furniture": (("indoor_surface", 0.4), ("other_object", 0.5), ("building", 0.8)),
    "other_object": (("vehicle", 0.4), ("furniture", 0.5), ("building", 0.6)),
}

# The 150 classes of ADE20K's scene parsing benchmark (Zhou et al. 2017), in its order, each with its coarse class.
ADE20K: tuple[tuple[str, str], ...] = (
    ("wall", "indoor_surface"),
    ("building", "building"),
    ("sky", "sky"),
    ("floor", "indoor_surface"),
    ("tree", "vegetation"),
    ("ceiling", "indoor_surface"),
    ("road", "road_pavement"),
    ("bed", "furniture"),
    ("windowpane", "building"),
    ("grass", "grass"),
    ("cabinet", "furniture"),
    ("sidewalk", "road_pavement"),
    ("person", "person"),
    ("earth", "ground_sand_snow"),
    ("door", "building"),
    ("table", "furniture"),
    ("mountain", "mountain_rock"),
    ("plant", "vegetation"),
    ("curtain", "furniture"),
    ("chair", "furniture"),
    ("car", "vehicle"),
    ("water", "water"),
    ("painting", "indoor_surface"),
    ("sofa", "furniture"),
    ("shelf", "furniture"),
    ("house", "building"),
    ("sea", "water"),
    ("mirror", "indoor_surface"),
    ("rug", "indoor_surface"),
    ("field", "grass"),
    ("armchair", "furniture"),
    ("seat", "furniture"),
    ("fence", "building"),
    ("desk", "furniture"),
    ("rock", "mountain_rock"),
    ("wardrobe", "furniture"),
    ("lamp", "other_object"),
    ("bathtub", "furniture"),
    ("railing", "building"),
    ("cushion", "furniture"),
    ("base", "building"),
    ("box", "other_object"),
    ("column", "building"),
    ("signboard", "other_object"),
    ("chest of drawers", "furniture"),
    ("counter", "furniture"),
    ("sand", "ground_sand_snow"),
    ("sink", "furniture"),
    ("skyscraper", "building"),
    ("fireplace", "indoor_surface"),
    ("refrigerator", "furniture"),
    ("grandstand", "building"),
    ("path", "road_pavement"),
    ("stairs", "building"),
    ("runway", "road_pavement"),
    ("case", "furniture"),
    ("pool table", "furniture"),
    ("pillow", "furniture"),
    ("screen door", "building"),
    ("stairway", "building"),
    ("river", "water"),
    ("bridge", "building"),
    ("bookcase", "furniture"),
    ("blind", "furniture"),
    ("coffee table", "furniture"),
    ("toilet", "furniture"),
    ("flower", "vegetation"),
    ("book", "other_object"),
    ("hill", "mountain_rock"),
    ("bench", "furniture"),
    ("countertop", "furniture"),
    ("stove", "furniture"),
    ("palm", "vegetation"),
    ("kitchen island", "furniture"),
    ("computer", "other_object"),
    ("swivel chair", "furniture"),
    ("boat", "vehicle"),
    ("bar", "furniture"),
    ("arcade machine", "other_object"),
    ("hovel", "building"),
    ("bus", "vehicle"),
    ("towel", "furniture"),
    ("light", "other_object"),
    ("truck", "vehicle"),
    ("tower", "building"),
    ("chandelier", "other_object"),
    ("awning", "building"),
    ("streetlight", "other_object"),
    ("booth", "building"),
    ("television receiver", "other_object"),
    ("airplane", "vehicle"),
    ("dirt track", "ground_sand_snow"),
    ("apparel", "other_object"),
    ("pole", "other_object"),
    ("land", "ground_sand_snow"),
    ("bannister", "building"),
    ("escalator", "building"),
    ("ottoman", "furniture"),
    ("bottle", "other_object"),
    ("buffet", "furniture"),
    ("poster", "other_object"),
    ("stage", "indoor_surface"),
    ("van", "vehicle"),
    ("ship", "vehicle"),
    ("fountain", "water"),
    ("conveyer belt", "other_object"),
    ("canopy", "building"),
    ("washer", "furniture"),
    ("plaything", "other_object"),
    ("swimming pool", "water"),
    ("stool", "furniture"),
    ("barrel", "other_object"),
    ("basket", "other_object"),
    ("waterfall", "water"),
    ("tent", "building"),
    ("bag", "other_object"),
    ("minibike", "vehicle"),
    ("cradle", "furniture"),
    ("oven", "furniture"),
    ("ball", "other_object"),
    ("food", "other_object"),
    ("step", "building"),
    ("tank", "building"),
    ("trade name", "other_object"),
    ("microwave", "furniture"),
    ("pot", "other_object"),
    ("animal", "animal"),
    ("bicycle", "vehicle"),
    ("lake", "water"),
    ("dishwasher", "furniture"),
    ("screen", "other_object"),
    ("blanket", "furniture"),
    ("sculpture", "other_object"),
    ("hood", "furniture"),
    ("sconce", "other_object"),
    ("vase", "other_object"),
    ("traffic light", "other_object"),
    ("tray", "other_object"),
    ("ashcan", "other_object"),
    ("fan", "other_object"),
    ("pier", "building"),
    ("crt screen", "other_object"),
    ("plate", "other_object"),
    ("monitor", "other_object"),
    ("bulletin board", "other_object"),
    ("shower", "furniture"),
    ("radiator", "furniture"),
    ("glass", "other_object"),
    ("clock", "other_object"),
    ("flag", "other_object"),
)
