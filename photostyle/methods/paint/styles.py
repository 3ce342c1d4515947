"""Several styles in one painting: what their texts say, their pictures, and the share of each in each region."""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photostyle.errors import OptionError

if TYPE_CHECKING:
    from torch import Tensor

    from photostyle.options import Options
    from photostyle.prepared import Prepared
    from photostyle.regions import Pair
    from photostyle.session import Session

_SHARE = re.compile(r"(.+):(\d+\.?\d*|\.\d+)")


@dataclass(frozen=True)
class StyleText:
    """What a text such as "sky=starry.jpg:0.4" says of a style.

    Args:
        path: its file.
        share: its part in the mixture, 0 or more; None where it is not said.
        region: of the content, that it is for; "" for all that have no style of their own.
    """

    path: str
    share: float | None = None
    region: str = ""

    @property
    def text(self) -> str:
        """The text that says this.

        >>> StyleText("b.jpg", 0.25, "sky").text
        'sky=b.jpg:0.25'
        """
        text = self.path if self.share is None else f"{self.path}:{self.share:g}"
        return f"{self.region}={text}" if self.region else text


def parse_style(text: str, is_there: Callable[[str], bool] = os.path.exists) -> StyleText:
    """Read FILE, FILE:SHARE, REGION=FILE or REGION=FILE:SHARE; a file whose own name is like that is taken as it is.

    Args:
        text: what was typed.
        is_there: says whether there is a file of a name.

    >>> there = {"a.jpg", "4:3.jpg", "x=y.jpg"}.__contains__
    >>> parse_style("a.jpg:0.4", there), parse_style("sky=a.jpg", there)
    (StyleText(path='a.jpg', share=0.4, region=''), StyleText(path='a.jpg', share=None, region='sky'))
    >>> parse_style("4:3.jpg", there).path, parse_style("sky=x=y.jpg:2", there)
    ('4:3.jpg', StyleText(path='x=y.jpg', share=2.0, region='sky'))
    >>> parse_style("https://example.org/a.jpg?size=2:0.4", there)  # an address may hold any sign but a share at its end
    StyleText(path='https://example.org/a.jpg?size=2', share=0.4, region='')
    """
    found = _SHARE.fullmatch(text)
    readings = [StyleText(text)]
    if found:
        readings.append(StyleText(found[1], float(found[2])))
    for each in tuple(readings):
        region, sign, path = each.path.partition("=")
        if sign and region and path and "://" not in region:
            readings.append(StyleText(path, each.share, region.strip()))
    for each in readings:
        if is_there(each.path):
            return each
    return readings[-1]


def shares_of(texts: Sequence[StyleText]) -> list[float]:
    """The shares of styles that are mixed, which sum to 1; those that are not said take equal parts of what is left.

    >>> shares_of([StyleText("a.jpg"), StyleText("b.jpg", 0.4)]), shares_of([StyleText("a.jpg", 3), StyleText("b.jpg", 1)])
    ([0.6, 0.4], [0.75, 0.25])

    Raises:
        OptionError: nothing is left for those.
    """
    said = [each.share for each in texts if each.share is not None]
    left = max(0.0, 1 - sum(said))
    silent = len(texts) - len(said)
    if silent and not left:
        raise OptionError(f"the shares of styles come to {sum(said):g}, and nothing is left for the others; give all of them one")
    shares = [left / silent if each.share is None else each.share for each in texts]
    total = sum(shares)
    if not total:
        raise OptionError("the shares of all styles are 0; give one of them more")
    return [round(share / total, 6) for share in shares]


@dataclass(frozen=True)
class PaintStyle:
    """One style of a painting.

    Args:
        picture: the prepared picture.
        pairs: what each region of the content takes from it.
        shares: of the picture in each region, by the order of the content's regions.
    """

    picture: "Prepared"
    pairs: "Sequence[Pair]"
    shares: "Tensor"


def prepared_styles(content: "Prepared", style: "Prepared", session: "Session", options: "Options") -> list[PaintStyle]:
    """The style and those that are blended in, with what each region of the content takes from them.

    Raises:
        PhotostyleError: a picture cannot be read, a share is out of range, or there is no region of a name.
    """
    from photostyle.prepared import prepare
    from photostyle.regions import pair_regions

    blend = getattr(options.settings, "blend", ())
    texts = [StyleText(style.described), *(parse_style(text) for text in blend)]
    pictures = [style, *(prepare(text.path, session=session, options=options, role="style") for text in texts[1:])]
    styles = []
    for picture, shares in zip(pictures, shares_by_region(texts, content.regions.names), strict=True):
        asked = {
            name: other for name, other in (options.pairs or {}).items() if picture is style or other in picture.regions.names
        }
        names = {*content.regions.names, *picture.regions.names}
        ignored = [name for name in options.ignore if picture is style or name in names]
        pairs = pair_regions(content.regions, picture.regions, pairs=asked, ignore=ignored, protect=options.protect)
        styles.append(PaintStyle(picture, pairs, shares))
    return styles


def shares_by_region(texts: Sequence[StyleText], regions: Sequence[str]) -> "Tensor":
    """(K, R) the shares of K styles in R regions; the columns sum to 1.

    A region's own styles take as much of it as they say, all where nothing is said; the mixture has the rest.

    Raises:
        OptionError: there is no region of a name, or its own styles come to more than 1.
    """
    import torch

    mixture = [each for each in texts if not each.region]
    common = dict(zip(map(id, mixture), shares_of(mixture), strict=True))
    rest = dict.fromkeys(regions, 1.0)
    shares = torch.zeros(len(texts), len(regions))
    for row, each in enumerate(texts):
        if each.region:
            if each.region not in regions:
                raise OptionError(_no_region(each, regions), option="blend")
            share = 1.0 if each.share is None else each.share
            rest[each.region] -= share
            shares[row, list(regions).index(each.region)] = share
    for region, left in rest.items():
        if left < -1e-6:
            raise OptionError(f"the styles of {region} come to {1 - left:g} of it; give them 1 at most", option="blend")
    for row, each in enumerate(texts):
        if not each.region:
            for column, region in enumerate(regions):
                shares[row, column] = common[id(each)] * max(0.0, rest[region])
    return shares


def _no_region(style: StyleText, regions: Sequence[str]) -> str:
    text = f"{style.region}={style.path}: the content has no region {style.region!r}; it has {', '.join(regions)}"
    if tuple(regions) == ("all",):
        text += "; give a content mask, or a segmenter such as scene"
    return text
