"""GIF: the frames of a clip in 256 colours, those that suit all of it best."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.filter import Graph
from av.video.frame import VideoFrame

from photostyle.video.encoding import cannot_write
from photostyle.video.joining import Part
from photostyle.video.scanning import decoded

_TICK = Fraction(1, 100)  # GIF's own
_KEPT = "bgra"  # what the filters of palettes take


def join_as_gif(parts: Sequence[Part], size: tuple[int, int], times: Sequence[Fraction], end: Fraction, target: Path) -> None:
    """Write a GIF of the parts' frames.

    Args:
        parts: in order.
        size: (width, height).
        times: of each frame in seconds; GIF holds hundredths.
        end: when the last frame ends.
        target: the file.

    Raises:
        FileError: it cannot be written.
    """
    ticks = [round(time / _TICK) for time in times]
    ticks.append(max(round(end / _TICK), ticks[-1] + 1))
    graph, source, palette, sink = _with_palette(size)
    palette.push(_palette(parts, size))
    palette.push(None)
    try:
        with av.open(str(target), "w", format="gif") as out:
            stream: Any = out.add_stream("gif", rate=100)
            stream.time_base = stream.codec_context.time_base = _TICK
            stream.width, stream.height = size
            stream.pix_fmt = "pal8"
            for number, frame in enumerate(_frames(parts)):
                source.push(frame)
                drawn = sink.pull()
                drawn.pts, drawn.time_base = ticks[number], _TICK
                for packet in stream.encode(drawn):
                    packet.duration = ticks[number + 1] - ticks[number]
                    out.mux(packet)
            out.mux(stream.encode(None))
            del graph
    except (OSError, av.FFmpegError) as error:
        raise cannot_write(target, error) from error


def _frames(parts: Sequence[Part]) -> Iterator[VideoFrame]:
    """The frames of all parts, numbered in hundredths of seconds."""
    number = 0
    for part in parts:
        with av.open(str(part.path)) as container:
            for frame in decoded(container, container.streams.video[0]):
                frame = frame.reformat(format=_KEPT)
                frame.pts, frame.time_base = number, _TICK
                number += 1
                yield frame


def _palette(parts: Sequence[Part], size: tuple[int, int]) -> VideoFrame:
    """A picture of the 256 colours."""
    graph = Graph()
    source = _source(graph, size)
    palettegen = graph.add("palettegen", "stats_mode=full:reserve_transparent=0")
    sink = graph.add("buffersink")
    source.link_to(palettegen)
    palettegen.link_to(sink)
    graph.configure()
    for frame in _frames(parts):
        source.push(frame)
    source.push(None)
    drawn: Any = sink.pull()
    return drawn  # type: ignore[no-any-return]


def _with_palette(size: tuple[int, int]) -> tuple[Graph, Any, Any, Any]:
    """A graph of filters, which has to be kept; where frames and a palette go in, and where frames in its colours come out."""
    graph = Graph()
    source = _source(graph, size)
    palette = _source(graph, (16, 16))
    paletteuse = graph.add("paletteuse", "dither=sierra2_4a")
    sink = graph.add("buffersink")
    source.link_to(paletteuse, 0, 0)
    palette.link_to(paletteuse, 0, 1)
    paletteuse.link_to(sink)
    graph.configure()
    return graph, source, palette, sink


def _source(graph: Graph, size: tuple[int, int]) -> Any:
    return graph.add_buffer(width=size[0], height=size[1], format=av.VideoFormat(_KEPT, *size), time_base=_TICK)
