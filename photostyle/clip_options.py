"""What can be said of a clip beside the options of a transfer: which part of it, how it is encoded, how steadily it is painted.

The command for clips, the batch and its manifests share these; nothing here loads libav or torch.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from photostyle.errors import OptionError
from photostyle.option_text import parse_option

TEXTS = ("from", "to", "preview", "steady", "codec", "crf")  # as they are called where people type them
_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Selection:
    """Which frames are written.

    Args:
        begin, until: seconds of the clip, the first and the one before which it ends; None for all.
        preview: write one frame in so many, and small; None for all frames at their own size.
    """

    begin: Fraction | None = None
    until: Fraction | None = None
    preview: int | None = None

    def __post_init__(self) -> None:
        if self.preview is not None and self.preview < 1:
            raise OptionError(f"preview must be 1 or more, one frame in so many, got {self.preview}", option="preview")
        if self.begin is not None and self.until is not None and self.begin >= self.until:
            raise OptionError(f"the part must end after it begins, got from {float(self.begin):g} to {float(self.until):g} s")

    @property
    def every(self) -> int:
        """One frame in how many is written."""
        return self.preview or 1

    def frames_of(self, times: Sequence[Fraction], end: Fraction) -> tuple[int, int]:
        """The numbers of the first frame and of the one after the last.

        Args:
            times: of the clip's frames.
            end: when the last one ends.

        Raises:
            OptionError: there are none.
        """
        start = 0 if self.begin is None else bisect_left(times, self.begin)
        stop = len(times) if self.until is None else bisect_left(times, self.until)
        if start >= stop:
            raise OptionError(f"no frame lies in the part that is asked for; the clip is {float(end):.2f} s long", option="from")
        return start, stop


@dataclass(frozen=True)
class Wish:
    """What the user asks of the encoding.

    Args:
        codec: a codec or one of libav's encoders by name; None for the clip's own, as far as it can be written.
        crf: the quality, in the encoder's own steps: less is better; None for one at which no loss is seen.
        more: further options of the encoder, by its own names.
    """

    codec: str | None = None
    crf: float | None = None
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ClipOptions:
    """How clips are made.

    Args:
        selection: which frames are written, and at which size.
        wish: how they are encoded.
        steady: of a network: how much the paintings of earlier frames count against a frame's own, 0 to 1; None for the usual.
    """

    selection: Selection = Selection()  # noqa: RUF009 (frozen)
    wish: Wish = Wish()  # noqa: RUF009 (frozen)
    steady: float | None = None

    def __post_init__(self) -> None:
        if self.steady is not None and not 0 <= self.steady <= 1:
            raise OptionError(f"steady must be from 0 to 1, got {self.steady:g}", option="steady")

    def with_texts(self, texts: Mapping[str, str], encoder_options: Iterable[str] = ()) -> "ClipOptions":
        """The options, changed by what was typed.

        Args:
            texts: by the names in `TEXTS`.
            encoder_options: NAME=VALUE each.

        Raises:
            OptionError: a text is no value of its option.

        >>> ClipOptions().with_texts({"from": "1:02.5", "crf": "16"}, ["preset=slow"]).given()
        {'from': '125/2', 'crf': 16.0, 'codec_option': {'preset': 'slow'}}
        """
        selection: dict[str, Any] = {}
        if "from" in texts:
            selection["begin"] = parse_time(texts["from"], "from")
        if "to" in texts:
            selection["until"] = parse_time(texts["to"], "to")
        if "preview" in texts:
            selection["preview"] = parse_option(int, texts["preview"], "preview")
        wish: dict[str, Any] = {}
        if "codec" in texts:
            wish["codec"] = texts["codec"]
        if "crf" in texts:
            wish["crf"] = parse_option(float, texts["crf"], "crf")
        more = dict(_encoder_option(text) for text in encoder_options)
        if more:
            wish["more"] = {**self.wish.more, **more}
        steady = parse_option(float, texts["steady"], "steady") if "steady" in texts else self.steady
        return ClipOptions(replace(self.selection, **selection), replace(self.wish, **wish), steady)

    def given(self) -> dict[str, Any]:
        """What differs from the defaults, by the options' names, in plain values."""
        part, wish = self.selection, self.wish
        values = {
            "from": None if part.begin is None else str(part.begin),
            "to": None if part.until is None else str(part.until),
            "preview": part.preview,
            "steady": self.steady,
            "codec": wish.codec,
            "crf": wish.crf,
            "codec_option": dict(wish.more) or None,
        }
        return {name: value for name, value in values.items() if value is not None}


def _encoder_option(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise OptionError(f"codec-option must be NAME=VALUE, such as preset=slow, got {text!r}", option="codec_option")
    return name.strip(), value.strip()


def parse_time(text: str, option: str) -> Fraction:
    """Seconds of a time as people write it.

    >>> parse_time("12.5", "from"), parse_time("1:02:03", "from")
    (Fraction(25, 2), Fraction(3723, 1))

    Raises:
        OptionError: it is none.
    """
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise OptionError(f"{option} must be seconds or a time such as 1:02.5, got {text!r}", option=option)
    hours, minutes, seconds = match.groups()
    return (int(hours or 0) * 60 + int(minutes or 0)) * 60 + Fraction(seconds)
