"""Clips that are broken, and places that cannot be written: one line, and the old output whole."""

from fractions import Fraction

import av
import numpy as np
import pytest

from photostyle.clip_options import Selection
from photostyle.errors import FileError, PhotoError, PhotostyleError
from photostyle.video import encoding as encoding_module
from photostyle.video.reading import VideoFile
from photostyle.video.story import relight_clip

STYLE = "no style is needed where nothing changes"


def test_a_file_that_is_cut_short_is_read_as_far_as_it_goes(make_clip, tmp_path, frames_of):
    clip = make_clip("a.mkv", frames=60)
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    read = len(frames_of(clip))
    result = relight_clip(clip, STYLE, tmp_path / "out.mkv", strength=0)
    assert 5 < read < 60 and result.frames == read
    mp4 = make_clip("b.mp4", frames=60)
    options = {"movflags": "+faststart"}  # what says how long it is comes first
    with av.open(str(mp4)) as source, av.open(str(tmp_path / "fast.mp4"), "w", options=options) as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    fast = tmp_path / "fast.mp4"
    fast.write_bytes(fast.read_bytes()[: fast.stat().st_size * 2 // 3])
    result = relight_clip(fast, STYLE, tmp_path / "out.mp4", strength=0)
    assert 5 < result.frames < 60
    assert any(f"cut short or damaged; {result.frames}" in note or "could not be decoded" in note for note in result.notes)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "cannot be read as a video"),
        (b"hello " * 99, "cannot be read as a video"),
        (b"\0" * 999, "cannot be read as a video"),
    ],
)
def test_files_that_are_no_video(tmp_path, data, text):
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    with pytest.raises(PhotoError, match=text):
        VideoFile(path)


def test_a_file_without_its_index(make_clip):
    clip = make_clip("a.mp4")
    data = clip.read_bytes()
    clip.write_bytes(data[: data.index(b"moov") - 4])
    with pytest.raises(PhotoError, match="a.mp4: cannot be read as a video"):
        VideoFile(clip)


def test_sound_alone(tmp_path):
    path = tmp_path / "a.mka"
    with av.open(str(path), "w", format="matroska") as out:
        voice = out.add_stream("aac", rate=16000)
        voice.layout = "mono"
        heard = av.AudioFrame.from_ndarray(np.zeros((1, 1600), np.float32), format="fltp", layout="mono")
        heard.sample_rate, heard.pts = 16000, 0
        out.mux(voice.encode(heard))
        out.mux(voice.encode(None))
    with pytest.raises(PhotoError, match="holds no video, only audio; give a file with a video stream"):
        VideoFile(path)


def test_no_frames(make_clip):
    with pytest.raises(PhotoError, match="holds no frames|cannot be read as a video|no frame"):
        VideoFile(make_clip("a.mkv", frames=0))


def test_a_picture_is_no_clip(tmp_path, make_photos):
    photos = make_photos(("a.jpg", (40, 60), (1, 1, 1)))
    with pytest.raises(PhotoError, match="is a picture, and no video; relight it as a photo"):
        VideoFile(photos / "a.jpg")


def test_a_size_that_changes(make_clip, tmp_path):
    later = [number * 24 for number in range(12, 24)]
    parts = [make_clip("a.ts", size=(64, 48)), make_clip("b.ts", size=(96, 64), ticks=later)]
    clip = tmp_path / "both.ts"
    clip.write_bytes(b"".join(part.read_bytes() for part in parts))
    out = tmp_path / "out.mp4"
    out.write_bytes(b"old")
    with pytest.raises(PhotoError, match="changes its size from 64 x 48 to 96 x 64 at .* s; give the parts of one size"):
        relight_clip(clip, STYLE, out, strength=0)
    assert out.read_bytes() == b"old"


def test_frames_without_times(make_clip, tmp_path, frames_of):
    clip = make_clip("a.h264", frames=10)
    read = VideoFile(clip)
    assert len(read.times) == 10 and read.times[9] == Fraction(9, 25)
    assert any("its frames have no times of their own; 25 frames a second are taken" in note for note in read.notes)
    result = relight_clip(clip, STYLE, tmp_path / "out.mp4", strength=0)
    assert [time for time, _ in frames_of(result.output)] == [Fraction(number, 25) for number in range(10)]


def test_times_that_begin_anew(make_clip, tmp_path):
    clip = tmp_path / "twice.ts"
    clip.write_bytes(make_clip("a.ts").read_bytes() * 2)
    read = VideoFile(clip)
    assert len(read.times) == 24 == len(list(read.frames()))
    assert any("have no times" in note for note in read.notes)


def test_a_frame_that_is_broken_is_left_out_and_the_others_keep_their_times(make_clip, tmp_path, frames_of):
    clip = make_clip("a.mkv", codec="ffv1", frames=12)
    with av.open(str(clip)) as container:
        place = [packet.pos for packet in container.demux(video=0) if packet.size][6]
    data = bytearray(clip.read_bytes())
    data[place + 20 : place + 400] = bytes(380)
    clip.write_bytes(data)
    result = relight_clip(clip, STYLE, tmp_path / "out.mkv", strength=0)
    assert result.frames in (11, 12)
    times = [time for time, _ in frames_of(result.output)]
    assert times == sorted(set(times)) and times[-1] == Fraction(11, 25)


def test_a_full_disk(make_clip, tmp_path, monkeypatch):
    clip = make_clip("a.mp4")
    out = tmp_path / "out.mp4"
    out.write_bytes(b"old")

    def full(self, packets):
        raise encoding_module.cannot_write(self.path, OSError(28, "No space left on device"))

    monkeypatch.setattr(encoding_module.PartEncoder, "_write", full)
    with pytest.raises(FileError, match="cannot be written .*no space left on device.*; make room"):
        relight_clip(clip, STYLE, out, strength=0)
    assert out.read_bytes() == b"old"
    assert not list((tmp_path / ".out.mp4.photostyle").glob("segment*"))


def test_colours_that_are_not_known(make_clip):
    clip = make_clip("a.mkv", codec="libx265", format="yuv420p10le", bits=10, tags=(9, 14, 10, 1), frames=2)
    with pytest.raises(PhotoError, match="BT.2020 constant luminance"):
        VideoFile(clip)


def test_outputs_that_are_no_video(make_clip, tmp_path):
    clip = make_clip("a.mp4")
    for name, text in [("out.xyz", ".xyz is no kind of video"), ("out", "a name without ending is no kind of video")]:
        with pytest.raises(PhotostyleError, match=text):
            relight_clip(clip, STYLE, tmp_path / name, strength=0)


def test_a_preview_of_nothing():
    with pytest.raises(PhotostyleError, match="preview must be 1 or more, one frame in so many, got 0"):
        Selection(preview=0)
