"""Parts of a clip joined to one file, with sound, subtitles, chapters and metadata of the clip, none of it encoded again."""

import heapq
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from av.stream import Disposition, Stream

from photostyle.video.codecs import Encoding, container_of
from photostyle.video.encoding import TICKS, cannot_write
from photostyle.video.scanning import opened, packets_of, video_of

_OWN_METADATA = ("major_brand", "minor_version", "compatible_brands", "encoder", "rotate", "duration")  # a muxer writes its own
_STATISTICS = ("_statistics", "bps", "number_of_")  # beginnings of Matroska's, which were of the old stream
_OPTIONS = {"mp4": {"movflags": "+faststart"}, "mov": {"movflags": "+faststart"}}


@dataclass(frozen=True)
class Timing:
    """When the frames of a joined clip are shown, and which part of the source its sound is of.

    Args:
        times: of each frame in seconds of the output, rising.
        end: when the last one ends.
        time_base: seconds of a tick.
        begin, until: seconds of the source's own times that the output begins with and ends before; None for its end.
        shift: what is taken off the source's own times.
    """

    times: Sequence[Fraction]
    end: Fraction
    time_base: Fraction
    begin: Fraction
    until: Fraction | None
    shift: Fraction


@dataclass(frozen=True)
class Part:
    """A file of encoded frames, and how many there are."""

    path: Path
    count: int


def join(parts: Sequence[Part], encoding: Encoding, timing: Timing, source: Path | None, target: Path) -> tuple[str, ...]:
    """Write a file of the parts' frames at their times, and of what the source has besides.

    Args:
        parts: in order.
        encoding: of all of them.
        timing: when the frames are shown.
        source: the clip's file; None where it has nothing besides frames.
        target: the file; its ending says which container.

    Returns:
        What the user should be told, one line each.

    Raises:
        FileError: it cannot be written.
    """
    kind = container_of(target)
    try:
        with av.open(str(target), "w", format=kind, options=_OPTIONS.get(kind, {})) as out:
            video = _video_stream(parts[0], out)
            video.time_base = timing.time_base
            _tell_colours(video, encoding)
            packets = _video_packets(parts, timing, video)
            if source is None:
                _write(out, packets)
                return ()
            with opened(source) as container:
                copies, notes = _copied_streams(container, out, video)
                _copy_facts(container, out, timing)
                out.start_encoding()
                others = _other_packets(container, copies, timing)
                _write(out, heapq.merge(packets, others, key=lambda each: each[0]))
            return tuple(notes)
    except (OSError, av.FFmpegError) as error:
        raise cannot_write(target, error) from error


def _video_stream(part: Part, out: OutputContainer) -> Any:
    """The output's stream for frames that are encoded as those of a part."""
    with av.open(str(part.path)) as container:
        own = container.streams.video[0]
        video = out.add_stream_from_template(own)
        codec = own.codec_context.name
        if out.format.name in ("mov", "mp4"):
            if codec == "prores":
                video.codec_context.codec_tag = own.codec_context.codec_tag  # which of its kinds it is
            if codec == "hevc":
                video.codec_context.codec_tag = "hvc1"  # what Apple's players want
        return video


def _tell_colours(video: Any, encoding: Encoding) -> None:
    """What the container says of the video, beside its stream."""
    context = video.codec_context
    tags = encoding.coding.tags
    context.color_primaries, context.color_trc = tags.primaries, tags.transfer
    context.colorspace, context.color_range = tags.matrix, tags.range
    if encoding.aspect:
        context.sample_aspect_ratio = encoding.aspect


def _write(out: OutputContainer, packets: Iterator[tuple[Fraction, Any]]) -> None:
    for _, packet in packets:
        out.mux(packet)


def _video_packets(parts: Sequence[Part], timing: Timing, video: Stream) -> Iterator[tuple[Fraction, Any]]:
    """The packets of the parts, with the times of their frames, each with the second at which it is due.

    An encoder puts frames that others refer to before those; `delay` is by how many it does. The n-th packet is decoded when
    the frame is shown that lies so many before the n-th.
    """
    delay = max(_delay(part) for part in parts)
    ticks = [round(time / timing.time_base) for time in timing.times]
    ticks.append(max(round(timing.end / timing.time_base), ticks[-1] + 1))
    usual = max(1, (ticks[-1] - ticks[0]) // (len(ticks) - 1))
    number = 0
    begun = 0
    for part in parts:
        with av.open(str(part.path)) as container:
            first: int | None = None
            for packet in packets_of(container, container.streams.video[0]):
                place = _place(packet)
                if first is None:  # a key frame, the first to be shown
                    first = place
                frame = begun + place - first
                packet.stream = video
                packet.time_base = timing.time_base
                packet.pts = ticks[frame]
                packet.dts = ticks[number - delay] if number >= delay else ticks[0] - usual * (delay - number)
                packet.duration = ticks[frame + 1] - ticks[frame]
                number += 1
                yield packet.dts * timing.time_base, packet
        begun += part.count


def _delay(part: Part) -> int:
    """By how many frames an encoder's order is off the order of showing, at most."""
    with av.open(str(part.path)) as container:
        places = [_place(packet) for packet in packets_of(container, container.streams.video[0])]
    return max(number - (place - places[0]) for number, place in enumerate(places))


def _place(packet: Any) -> int:
    """The number of a packet's frame in its part."""
    place: int = round(packet.pts * packet.time_base / TICKS)
    return place


def _copied_streams(container: InputContainer, out: OutputContainer, video: Stream) -> tuple[dict[int, Stream], list[str]]:
    """The output's streams for the source's others, by the numbers of those; and what is left out."""
    own = video_of(container, Path(out.name))
    video.metadata.update(_metadata(own.metadata))
    _set_disposition(video, own)
    copies: dict[int, Stream] = {}
    left: list[str] = []
    for stream in container.streams:
        if stream.index == own.index:
            continue
        if _can_hold(out.format.name, stream):
            copies[stream.index] = _copy_of(stream, out)
        elif not (stream.type == "data" and container.chapters()):  # QuickTime has its chapters in such a stream too
            left.append(_described(stream))
    notes = []
    if left:
        notes.append(f"{', '.join(left)}: left out, since {out.format.name} cannot hold it as it is")
    return copies, notes


def _can_hold(kind: str, stream: Stream) -> bool:
    """Whether a container of a kind takes a stream as it is."""
    if stream.type == "attachment":
        return kind == "matroska"
    if stream.type == "data" or stream.codec_context is None:
        return False
    try:
        with av.open(io.BytesIO(), "w", format=kind) as trial:
            trial.add_stream_from_template(stream)
            trial.start_encoding()
    except (ValueError, OSError, av.FFmpegError):
        return False
    return True


def _copy_of(stream: Stream, out: OutputContainer) -> Stream:
    if stream.type == "attachment":
        name = stream.metadata.get("filename", "attachment")
        attachment: Any = stream
        return out.add_attachment(name, attachment.mimetype or "application/octet-stream", attachment.data)
    copy: Stream = out.add_stream_from_template(stream)
    copy.metadata.update(_metadata(stream.metadata))
    _set_disposition(copy, stream)
    return copy


def _set_disposition(copy: Stream, stream: Stream) -> None:
    copy.disposition = stream.disposition


def _described(stream: Stream) -> str:
    context = stream.codec_context
    codec = "unknown" if context is None else context.name
    return f"the {stream.type} stream {stream.index} ({codec})"


def _metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """Without what a muxer writes itself, and what was of the old stream."""
    kept = {}
    for name, value in metadata.items():
        low = name.lower()
        if low not in _OWN_METADATA and not low.startswith(_STATISTICS):
            kept[name] = value
    return kept


def _copy_facts(container: InputContainer, out: OutputContainer, timing: Timing) -> None:
    """Metadata of the whole file, and its chapters as far as they lie in what is written."""
    out.metadata.update(_metadata(container.metadata))
    chapters: list[Any] = []
    for chapter in container.chapters():
        tick = chapter["time_base"] or Fraction(1, 1000)
        begin = max(chapter["start"] * tick, timing.begin)
        end = chapter["end"] * tick
        if timing.until is not None:
            end = min(end, timing.until)
        if begin < end:
            start, stop = round((begin - timing.shift) / tick), round((end - timing.shift) / tick)
            chapters.append({**chapter, "id": len(chapters), "start": start, "end": stop, "time_base": tick})
    if chapters:
        out.set_chapters(chapters)


def _other_packets(container: InputContainer, copies: Mapping[int, Stream], timing: Timing) -> Iterator[tuple[Fraction, Any]]:
    """The source's other packets that lie in what is written, each with the second at which it is due."""
    streams = [stream for stream in container.streams if stream.index in copies and stream.type != "attachment"]
    if not streams:
        return
    due = Fraction(-1 << 30)
    for packet in packets_of(container, *streams):
        tick = packet.time_base
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is None:
            continue
        time = stamp * tick
        picture = bool(packet.stream.disposition & Disposition.attached_pic)
        if not picture and (time < timing.begin or (timing.until is not None and time >= timing.until)):
            continue
        shift = 0 if picture else round(timing.shift / tick)
        packet.stream = copies[packet.stream_index]
        if packet.pts is not None:
            packet.pts -= shift
        if packet.dts is not None:
            packet.dts -= shift
        due = max(due, time - timing.shift)
        yield due, packet
