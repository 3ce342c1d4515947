"""The options of `photostyle video` that `photostyle batch` has too, for its clips."""

from collections.abc import Sequence
from typing import Annotated

import typer

from photostyle.clip_options import ClipOptions

_ENCODING = "Encoding of clips"
PART = "Part of the clip"
_LOOK = "What is wanted of clips"

Transform = Annotated[
    str | None,
    typer.Option(
        help="What photostyle video --save-transform wrote, of this clip or of another, in place of STYLE.", rich_help_panel=_LOOK
    ),
]
Steady = Annotated[
    str | None,
    typer.Option(
        metavar="<number>",
        help="Of a network: how much the paintings of earlier frames count against a frame's own, 0 to 1. Default: 1.",
        rich_help_panel=_LOOK,
    ),
]
Begin = Annotated[
    str | None, typer.Option("--from", help="Where to begin: seconds, or a time such as 1:02.5.", rich_help_panel=PART)
]
Until = Annotated[str | None, typer.Option("--to", help="Where to end.", rich_help_panel=PART)]
Preview = Annotated[
    str | None,
    typer.Option(metavar="<int>", help="Write one frame in so many, and small, for a quick look.", rich_help_panel=PART),
]
Codec = Annotated[
    str | None,
    typer.Option(
        help="h264, hevc, vp9, av1, prores, ffv1, or an encoder of libav by its name, such as h264_nvenc. Default: the clip's "
        "own where the container takes it.",
        rich_help_panel=_ENCODING,
    ),
]
Crf = Annotated[
    str | None,
    typer.Option(
        metavar="<number>",
        help="Quality in the encoder's own steps; less is better and larger. Default: one at which no loss is seen.",
        rich_help_panel=_ENCODING,
    ),
]
CodecOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUE",
        help="A further option of the encoder, such as preset=slow; may be given again.",
        rich_help_panel=_ENCODING,
    ),
]


def clip_options(
    begin: str | None,
    until: str | None,
    preview: str | None,
    steady: str | None,
    codec: str | None,
    crf: str | None,
    codec_option: Sequence[str] | None,
) -> ClipOptions:
    """What was typed of clips.

    Raises:
        OptionError: something of it is no value of its option.
    """
    typed = {"from": begin, "to": until, "preview": preview, "steady": steady, "codec": codec, "crf": crf}
    return ClipOptions().with_texts({name: text for name, text in typed.items() if text is not None}, codec_option or [])
