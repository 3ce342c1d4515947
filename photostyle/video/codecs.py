"""Which encoder writes a clip, with which pixels and at which quality."""

import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.codec.codec import UnknownCodecError

from photostyle.clip_files import CONTAINERS
from photostyle.clip_options import Wish
from photostyle.errors import FileError, OptionError
from photostyle.video.colours import FULL, LIMITED, RGB, ColourTags
from photostyle.video.planes import Coding
from photostyle.video.reading import StreamFacts

ALIASES = {
    "h264": "libx264",
    "avc": "libx264",
    "h265": "libx265",
    "hevc": "libx265",
    "vp8": "libvpx",
    "vp9": "libvpx-vp9",
    "av1": "libsvtav1",
    "prores": "prores_ks",
    "theora": "libtheora",
}
_USUAL = {  # encoder -> crf, where it has one, and what else it is told
    "libx264": (18, {"preset": "veryfast"}),
    "libx265": (20, {"preset": "veryfast", "x265-params": "log-level=error"}),
    "libvpx": (8, {"deadline": "good", "cpu-used": "4"}),
    "libvpx-vp9": (22, {"deadline": "good", "cpu-used": "5", "row-mt": "1"}),
    "libsvtav1": (22, {"preset": "9"}),
    "libaom-av1": (22, {"cpu-used": "8", "row-mt": "1"}),
    "prores_ks": (None, {"vendor": "apl0"}),
    "ffv1": (None, {"level": "3", "slicecrc": "1"}),
    "mjpeg": (None, {"qmin": "2", "qmax": "2"}),
    "mpeg4": (None, {"qmin": "2", "qmax": "3"}),
}
_CARDS = {"_nvenc": "cq", "_qsv": "global_quality", "_amf": "qp_i", "_videotoolbox": "global_quality", "_v4l2m2m": ""}
_CARD_CRF = 20
_PACKED = ("bgr0", "bgr24", "rgb24")  # RGB that is no planes
_EVEN = ("libx264", "libx265", "libsvtav1", *_CARDS)  # encoders, or their endings, that share chroma among whole pairs only
_LIKELY = {".webm": "libvpx-vp9", ".avi": "libx264", ".ogv": "libtheora"}  # else libx264
_KEPT = {"h264": "libx264", "hevc": "libx265", "vp8": "libvpx", "vp9": "libvpx-vp9", "av1": "libsvtav1", "libdav1d": "libsvtav1"}
_KEPT |= {"prores": "prores_ks", "ffv1": "ffv1", "mjpeg": "mjpeg"}


@dataclass(frozen=True)
class Encoding:
    """How a clip is encoded.

    Args:
        encoder: libav's name of it.
        coding: of the planes that it is given.
        size: (width, height).
        rate: frames a second, on average.
        aspect: width of a pixel over its height; None where nothing is said.
        options: of the encoder.
        notes: what the user should be told, one line each.
        pixels: libav's name of the format that the encoder takes, where it is no planes.
        parts: libav's name of the container of the parts that are joined.
    """

    encoder: str
    coding: Coding
    size: tuple[int, int]
    rate: Fraction
    aspect: Fraction | None
    options: Mapping[str, str]
    notes: tuple[str, ...] = ()
    pixels: str = ""
    parts: str = "matroska"


def choose_encoding(facts: StreamFacts, size: tuple[int, int], output: Path, wish: Wish) -> Encoding:
    """How a clip is encoded for a file.

    Args:
        facts: of the clip.
        size: (width, height) of what is written.
        output: the file, whose ending says which container it is.
        wish: what the user asks for.

    Raises:
        OptionError: the encoder is not there, or lacks what is asked for.
    """
    if output.suffix.lower() == ".gif":
        return _encoding_for_gif(facts, size, wish)
    encoder = _encoder_named(wish.codec) if wish.codec else _usual_encoder(facts.codec, output)
    if not holds(output, encoder):
        raise OptionError(f"{output.suffix} holds no {wish.codec or encoder}; give another codec or ending", option="codec")
    pixels, coding, notes = choose_coding(encoder, facts.coding, size)
    names = _option_names(encoder)
    crf, options = _USUAL.get(encoder, (None, {}))
    given = dict(options) | dict(wish.more)
    ending = next((ending for ending in _CARDS if encoder.endswith(ending)), None)
    if ending is not None:
        given |= _card_options(ending, _CARD_CRF if wish.crf is None else wish.crf, wish.more)
    elif crf is None and wish.crf is not None and names is not None and "crf" not in names:
        raise OptionError(f"the encoder {encoder} has no crf, got {wish.crf:g}; leave it out", option="crf")
    elif "crf" not in wish.more and (wish.crf is not None or crf is not None):
        given["crf"] = f"{crf if wish.crf is None else wish.crf:g}"
    unknown = [name for name in wish.more if names is not None and name not in names]
    if unknown:
        raise OptionError(f"the encoder {encoder} has no option {unknown[0]!r}; leave it out", option="codec_option")
    parts = "matroska"
    if encoder.startswith(("prores", "dnxhd")):  # their kinds are told by QuickTime's codes
        parts = "mov"
    if container_of(output) == "avi":  # it takes H.264 as a stream of bytes, as NUT has it, and keeps no order of showing
        parts = "nut"
        given.setdefault("bf", "0")
    return Encoding(encoder, coding, size, facts.rate, facts.aspect, given, tuple(notes), pixels, parts)


def _encoding_for_gif(facts: StreamFacts, size: tuple[int, int], wish: Wish) -> Encoding:
    """How the parts of a GIF are kept until its colours are chosen: without loss."""
    if wish.codec is not None or wish.crf is not None or wish.more:
        raise OptionError("a GIF has no codec, crf or options of one; leave them out", option="codec")
    notes: tuple[str, ...] = ("a GIF has 256 colours and no sound; give an .mp4 or .webm to keep more",)
    if facts.coding.alpha:
        notes = (*notes, "the clip's transparency is left out")
    return Encoding("ffv1", Coding("rgb"), size, facts.rate, None, {"level": "3"}, notes, pixels="bgr0")


def choose_coding(encoder: str, wanted: Coding, size: tuple[int, int]) -> tuple[str, Coding, list[str]]:
    """The format nearest to the clip's that an encoder takes, by libav's name and as planes, and notes of what is lost."""
    offered: dict[str, Coding] = {}
    for format in av.Codec(encoder, "w").video_formats or ():
        coding = Coding("rgb") if format.name in _PACKED else Coding.named(format.name, wanted.tags, size)
        if coding is not None:
            offered.setdefault(format.name if format.name in _PACKED else coding.name, coding)
    if not offered:
        raise OptionError(f"the encoder {encoder} takes no pixels that photostyle makes; give another", option="codec")
    is_odd = bool(size[0] % 2 or size[1] % 2) and encoder.endswith(_EVEN)
    if is_odd:
        offered = {name: coding for name, coding in offered.items() if coding.shifts == (0, 0) and coding.kind != "grey"}
        if not offered:
            width, height = size
            raise OptionError(
                f"{encoder} writes even sizes only, and the clip is {width} x {height}; give h264, hevc, vp9 or ffv1",
                option="codec",
            )
    aim = wanted
    if wanted.kind == "rgb" and not any(coding.kind == "rgb" for coding in offered.values()):
        aim = replace(wanted, kind="yuv", shifts=(1, 1))  # what players take
    pixels, best = min(offered.items(), key=lambda each: _loss(aim, each[1]))
    chosen = replace(best, tags=_tags(wanted, best), luma=wanted.luma if wanted.kind == best.kind else best.luma)
    if chosen.kind == "yuv" and wanted.kind == "rgb":
        chosen = replace(chosen, luma=chosen.tags.luma(size))
    notes = []
    if chosen.bits < wanted.bits:
        notes.append(f"{encoder} writes {chosen.bits} bits a channel, and the clip has {wanted.bits}")
    if is_odd and wanted.shifts != (0, 0):
        width, height = size
        notes.append(
            f"{width} x {height} is odd, so {encoder} writes it in {_pretty(chosen)}, which not every player shows; "
            "vp9 and ffv1 keep the clip's own"
        )
    elif any(less > own for own, less in zip(wanted.shifts, chosen.shifts, strict=True)):
        notes.append(f"{encoder} writes colour in {_pretty(chosen)}, and the clip has it in {_pretty(wanted)}")
    if wanted.alpha and not chosen.alpha:
        notes.append(f"{encoder} has no transparency; the clip's is left out")
    return pixels, chosen, notes


def _pretty(coding: Coding) -> str:
    if coding.kind != "yuv":
        return {"rgb": "RGB", "grey": "grey"}[coding.kind]
    return ":".join(coding.name.replace("yuva", "yuv")[3:6])


def _loss(wanted: Coding, offered: Coding) -> tuple[object, ...]:
    """What is lost, the worst first; then what is needless."""
    return (
        (wanted.kind != "grey" and offered.kind == "grey"),
        max(0, wanted.bits - offered.bits),
        wanted.kind != offered.kind,
        sum(max(0, less - own) for own, less in zip(wanted.shifts, offered.shifts, strict=True)),
        wanted.alpha and not offered.alpha,
        offered.bits,
        offered.alpha,
        -sum(offered.shifts),
    )


def _tags(wanted: Coding, offered: Coding) -> ColourTags:
    """What the output says of its colours: the same; of RGB that becomes luma and chroma, that it is BT.709."""
    if offered.kind == wanted.kind:
        return wanted.tags
    tags = wanted.tags
    if offered.kind == "rgb":
        return replace(tags, matrix=RGB, range=FULL)
    matrix = tags.matrix if tags.matrix != RGB else 1
    return replace(tags, matrix=matrix, range=tags.range if wanted.kind != "rgb" else LIMITED)


def _usual_encoder(codec: str, output: Path) -> str:
    """The clip's own codec where the container takes it, else what is usual there."""
    suffix = output.suffix.lower()
    own = _KEPT.get(codec)
    likely = _LIKELY.get(suffix, "libx264")
    for encoder in (own, likely):
        if encoder is not None and is_encoder(encoder) and holds(output, encoder):
            return encoder
    raise FileError(
        f"{output}: holds none of the codecs that are written here; give a .mp4, .mov, .mkv or .webm", option="output"
    )


def _encoder_named(name: str) -> str:
    encoder = ALIASES.get(name.lower(), name)
    if not is_encoder(encoder):
        raise OptionError(
            f"there is no encoder {name}; give h264, h265, vp9, av1, prores, ffv1 or one of libav's encoders, such as h264_nvenc",
            option="codec",
        )
    return encoder


def is_encoder(name: str) -> bool:
    """Whether there is an encoder of a name for video."""
    try:
        return bool(av.Codec(name, "w").type == "video")
    except (UnknownCodecError, ValueError):
        return False


def holds(output: Path, encoder: str) -> bool:
    """Whether a container, named by the ending of a file, takes what an encoder writes."""
    with av.open(io.BytesIO(), "w", format=container_of(output)) as container:
        try:
            container.add_stream(encoder, rate=25)
        except (ValueError, av.FFmpegError):
            return False
    return True


def container_of(output: Path) -> str:
    """The name of the container that the ending of a file stands for.

    Raises:
        FileError: it stands for none.
    """
    suffix = output.suffix.lower()
    if suffix not in CONTAINERS:
        raise FileError(
            f"{output}: {suffix or 'a name without ending'} is no kind of video that is written here; "
            "give a .mp4, .mov, .mkv, .webm or .gif, or a folder for pictures",
            option="output",
        )
    return CONTAINERS[suffix]


def _card_options(ending: str, crf: float, more: Mapping[str, str]) -> dict[str, str]:
    """A quality for an encoder of a graphics card."""
    name = _CARDS[ending]
    if not name:
        return {}
    options = {name: f"{crf:g}"}
    if ending == "_nvenc":
        options |= {"rc": "vbr", "b": "0"}
    if ending == "_amf":
        options |= {"rc": "cqp", "qp_p": f"{crf:g}"}
    return {name: value for name, value in options.items() if name not in more}


def _option_names(encoder: str) -> Collection[str] | None:
    """The names of an encoder's options; None where PyAV does not tell them, as before 18."""
    options: Any = getattr(av.CodecContext.create(encoder, "w"), "supported_options", None)
    if options is None:
        return None
    return {option.name for option in (*options.generic, *options.private)}
