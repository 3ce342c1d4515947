"""Clips made by code, tiny, and what they hold, looked at."""

from fractions import Fraction

import numpy as np
import pytest

av = pytest.importorskip("av", reason="videos need the extra: pip install 'photostyle[video]'")

SIZE = (64, 48)


def picture(number, size=SIZE, bits=8, format="yuv420p"):
    """One of libav's frames: a ramp with a bright square that moves, and coloured halves."""
    width, height = size
    frame = av.VideoFrame(width, height, format)
    top = (1 << bits) - 1
    dtype = np.uint8 if bits == 8 else np.uint16
    for place, plane in enumerate(frame.planes):
        rows = np.frombuffer(memoryview(plane), dtype).reshape(-1, plane.line_size // np.dtype(dtype).itemsize)
        w, h = rows.shape[1] if format == "bgr0" else plane.width, plane.height
        if place == 0:
            codes = np.linspace(0.15, 0.8, w)[None] * np.linspace(0.8, 1, h)[:, None] * top
            codes[5:15, 2 + number % 8 : 12 + number % 8] = 0.85 * top
        else:
            codes = np.full((h, w), 0.5 * top)
            codes[:, : w // 2] += (0.08 if place == 1 else -0.08) * top
        rows[:h, :w] = np.rint(codes)
    return frame


@pytest.fixture
def make_clip(tmp_path):
    """`make_clip("a.mp4", frames=12, codec="libx264", ...)` writes a clip and returns its path."""

    def make(
        name,
        frames=12,
        codec="libx264",
        format="yuv420p",
        bits=8,
        size=SIZE,
        tags=(2, 2, 2, 0),
        ticks=None,
        time_base=Fraction(1, 600),
        sound=False,
        more=None,
        sizes=None,
    ):
        path = tmp_path / name
        with av.open(str(path), "w") as out:
            stream = out.add_stream(codec, rate=25, options={"preset": "ultrafast", "g": "6"} if codec == "libx264" else {})
            stream.width, stream.height = size
            stream.pix_fmt = format
            context = stream.codec_context
            context.time_base = stream.time_base = time_base
            context.color_primaries, context.color_trc, context.colorspace, context.color_range = tags
            if more is not None:
                more(out, stream)
            if sound:
                voice = out.add_stream("aac", rate=16000)
                voice.layout = "mono"
            out.start_encoding()
            for number in range(frames):
                frame = picture(number, size, bits, format)
                frame.pts = number * 24 if ticks is None else ticks[number]
                frame.time_base = time_base
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
            if sound:
                wave = (np.sin(np.arange(frames * 640) / 9) * 0.3).astype(np.float32)
                heard = av.AudioFrame.from_ndarray(wave[None], format="fltp", layout="mono")
                heard.sample_rate, heard.pts = 16000, 0
                out.mux(voice.encode(heard))
                out.mux(voice.encode(None))
        return path

    return make


@pytest.fixture
def frames_of():
    """`frames_of(path)`: (seconds, codes of all planes) of each frame."""

    def frames(path):
        with av.open(str(path)) as container:
            return [(frame.pts * frame.time_base, frame.to_ndarray().astype(int)) for frame in container.decode(video=0)]

    return frames


@pytest.fixture
def packets_of():
    """`packets_of(path, "audio")`: (seconds, bytes) of each packet of the first stream of a kind."""

    def packets(path, kind):
        with av.open(str(path)) as container:
            stream = next(stream for stream in container.streams if stream.type == kind)
            return [(each.pts * each.time_base, bytes(each)) for each in container.demux(stream) if each.size]

    return packets


@pytest.fixture
def facts_of():
    """`facts_of(path)`: the codec, pixels, size, colour tags and aspect of the video."""

    def facts(path):
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            context = stream.codec_context
            frame = next(container.decode(stream))
            tags = (context.color_primaries, context.color_trc, context.colorspace, context.color_range)
            return context.name, context.pix_fmt, (frame.width, frame.height), tags, frame.rotation

    return facts


@pytest.fixture
def steady_x264(monkeypatch):
    """libx264 whose packets can be compared: of the same tiny pictures its `mbtree` makes other ones once in a hundred times."""
    from photostyle.video import codecs

    crf, options = codecs._USUAL["libx264"]
    monkeypatch.setitem(codecs._USUAL, "libx264", (crf, {**options, "x264-params": "mbtree=0"}))
