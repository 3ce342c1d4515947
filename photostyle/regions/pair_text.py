"""Names of regions and pairs of them as people type them: "person,car" and "sky=clouds"."""

from collections.abc import Iterable

from photostyle.errors import OptionError


def parse_pairs(texts: Iterable[str]) -> dict[str, str]:
    """`["sky=clouds", "sea=lake,hill=rock"]` to a mapping of content names to style names.

    Raises:
        OptionError: a text is no pair, or a region gets two partners.

    Example:
        >>> parse_pairs(["sky=clouds", "sea = lake,hill=rock"])
        {'sky': 'clouds', 'sea': 'lake', 'hill': 'rock'}
    """
    pairs: dict[str, str] = {}
    for text in parse_names(texts):
        left, sign, right = text.partition("=")
        content = left.strip()
        style = right.strip()
        if not (content and sign and style):
            raise OptionError(f"a pair is CONTENT=STYLE, such as sky=clouds, got {text!r}")
        before = pairs.get(content, style)
        if before != style:
            raise OptionError(f"{content!r} is paired with two partners, {before!r} and {style!r}; keep one")
        pairs[content] = style
    return pairs


def parse_names(texts: Iterable[str] | str) -> tuple[str, ...]:
    """`["person,car", "dog"]` to its names, each once, in order.

    Example:
        >>> parse_names(["person,car", "dog", "car"])
        ('person', 'car', 'dog')
    """
    if isinstance(texts, str):
        texts = [texts]
    names: dict[str, None] = {}
    for text in texts:
        for part in text.split(","):
            name = part.strip()
            if name:
                names[name] = None
    return tuple(names)
