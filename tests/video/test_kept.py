"""What a clip keeps: codes, times, sound, subtitles, chapters, metadata, turns, depth and colour tags."""

import struct
from fractions import Fraction

import av
import numpy as np
import pytest

from photostyle.clip_options import Selection, Wish, parse_time
from photostyle.errors import OptionError
from photostyle.video.reading import VideoFile
from photostyle.video.story import relight_clip

STYLE = "no style is needed where nothing changes"


@pytest.fixture
def copied(tmp_path):
    """`copied(clip, "out.mp4")` relights with strength 0, and returns the output and the result."""

    def copy(clip, name, **more):
        result = relight_clip(clip, STYLE, tmp_path / name, strength=0, **more)
        return result.output, result

    return copy


def test_nothing_changes_to_the_eye_and_sound_and_times_are_the_same(make_clip, copied, frames_of, packets_of, facts_of):
    clip = make_clip("a.mp4", sound=True, tags=(1, 1, 1, 1))
    out, result = copied(clip, "out.mp4")
    assert result.frames == 12 and not result.notes
    assert [time for time, _ in frames_of(out)] == [time for time, _ in frames_of(clip)]
    assert packets_of(out, "audio") == packets_of(clip, "audio")
    assert facts_of(out) == facts_of(clip)
    for (_, before), (_, after) in zip(frames_of(clip), frames_of(out), strict=True):
        assert np.abs(before - after).mean() < 1.2


@pytest.mark.parametrize("name", ["out.mkv", "out.mov", "out.ts", "out.avi"])
def test_other_containers(make_clip, copied, frames_of, packets_of, name):
    clip = make_clip("a.mp4", sound=True)
    out, _ = copied(clip, name)
    times = [time for time, _ in frames_of(out)]
    wanted = [time for time, _ in frames_of(clip)]
    assert max(abs(a - times[0] - b) for a, b in zip(times, wanted, strict=True)) < Fraction(1, 500)
    assert len(packets_of(out, "audio")) == len(packets_of(clip, "audio"))


def test_codes_are_the_same_to_the_bit_without_loss(make_clip, copied, frames_of):
    clip = make_clip("a.mp4")
    out, _ = copied(clip, "out.mkv", wish=Wish("ffv1"))
    for (_, before), (_, after) in zip(frames_of(clip), frames_of(out), strict=True):
        np.testing.assert_array_equal(before, after)


def test_times_of_a_variable_rate(make_clip, copied, frames_of):
    ticks = [0, 10, 50, 51, 90, 200, 230, 231, 400, 420, 421, 600]
    clip = make_clip("a.mp4", ticks=ticks)
    out, _ = copied(clip, "out.mp4")
    assert [time * 600 for time, _ in frames_of(out)] == ticks


@pytest.mark.parametrize(
    ("format", "codec", "bits", "tags"),
    [
        ("yuv420p10le", "libx265", 10, (9, 14, 9, 1)),
        ("yuv422p10le", "prores_ks", 10, (1, 1, 1, 0)),
        ("yuv444p", "libx264", 8, (6, 6, 6, 1)),
        ("yuv420p10le", "libx265", 10, (9, 16, 9, 1)),
        ("yuv420p10le", "libx265", 10, (9, 18, 9, 1)),
    ],
)
def test_depth_and_tags(make_clip, copied, frames_of, facts_of, format, codec, bits, tags):
    clip = make_clip("a.mov", codec=codec, format=format, bits=bits, tags=tags, frames=4)
    out, result = copied(clip, "out.mov")
    assert facts_of(out) == facts_of(clip) and facts_of(out)[1] == format
    assert any("HDR" in note for note in result.notes) == (tags[1] in (16, 18))
    for (_, before), (_, after) in zip(frames_of(clip), frames_of(out), strict=True):
        assert np.abs(before - after).mean() < 1.2 * (1 << (bits - 8))


@pytest.mark.parametrize("format", ["yuv420p", "yuv422p", "yuv444p", "yuv411p", "yuva420p", "gray", "bgr0", "yuv422p10le"])
def test_pixels_of_many_kinds_stay_to_the_bit(make_clip, copied, facts_of, format):
    clip = make_clip("a.mkv", codec="ffv1", format=format, bits=10 if "10" in format else 8, frames=3)
    out, result = copied(clip, "out.mkv")
    assert facts_of(out)[1] == format and not result.notes
    with av.open(str(clip)) as before, av.open(str(out)) as after:
        for one, other in zip(before.decode(video=0), after.decode(video=0), strict=True):
            for old, new in zip(one.planes, other.planes, strict=True):
                rows = slice(0, old.height), slice(0, old.width * (4 if format == "bgr0" else 2 if "10" in format else 1))
                old, new = (np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size) for plane in (old, new))
                np.testing.assert_array_equal(old[rows], new[rows])


def test_transparency_keeps_as_many_bits_as_there_are(make_clip, copied):
    """ProRes is read in 12 bits, and written in 10."""
    clip = make_clip("a.mov", codec="prores_ks", format="yuva444p10le", bits=10, frames=2)
    out, result = copied(clip, "out.mov")
    assert result.notes == ("prores_ks writes 10 bits a channel, and the clip has 12",)
    with av.open(str(clip)) as before, av.open(str(out)) as after:
        one, other = (next(container.decode(video=0)).planes[3] for container in (before, after))
        np.testing.assert_array_equal(np.frombuffer(memoryview(one), np.uint16), np.frombuffer(memoryview(other), np.uint16))


MATRICES = {  # a quarter to the right, half, a quarter to the left, mirrored: a, b, c, d of the display matrix
    "right": ((0, 1, -1, 0), lambda plane: np.rot90(plane, -1)),
    "half": ((-1, 0, 0, -1), lambda plane: np.rot90(plane, 2)),
    "left": ((0, -1, 1, 0), lambda plane: np.rot90(plane)),
    "mirrored": ((-1, 0, 0, 1), lambda plane: plane[:, ::-1]),
}


@pytest.mark.parametrize("turn", MATRICES)
def test_a_turn_is_baked_in_and_its_tag_dropped(make_clip, copied, turn):
    clip = make_clip("a.mp4", frames=3)
    (a, b, c, d), turned = MATRICES[turn]
    data = bytearray(clip.read_bytes())
    place = data.index(b"tkhd") + 44
    data[place : place + 36] = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    clip.write_bytes(data)
    out, _ = copied(clip, "out.mkv", wish=Wish("ffv1"))
    with av.open(str(clip)) as before, av.open(str(out)) as after:
        for one, other in zip(before.decode(video=0), after.decode(video=0), strict=True):
            assert other.rotation == 0 and not [each for each in other.side_data if "DISPLAY" in str(each.type)]
            for old, new in zip(one.planes, other.planes, strict=True):
                np.testing.assert_array_equal(turned(codes(old)), codes(new))


def codes(plane):
    return np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]


def test_odd_sizes_are_exact(make_clip, copied, facts_of):
    clip = make_clip("a.mkv", codec="ffv1", size=(63, 47), frames=3)
    for name, codec, pixels in [("o.mp4", "h264", "yuv444p"), ("o.webm", "vp9", "yuv420p"), ("o.mkv", None, "yuv420p")]:
        out, result = copied(clip, name, wish=Wish(codec))
        assert facts_of(out)[1:3] == (pixels, (63, 47))
        assert any("63 x 47 is odd, so libx264 writes it in 4:4:4" in note for note in result.notes) == (codec == "h264")


def test_subtitles_chapters_metadata_and_attachments(make_clip, copied):
    def more(out, stream):
        out.metadata["title"] = "A day"
        stream.metadata["language"] = "deu"
        chapter = {"id": 1, "start": 0, "end": 200, "time_base": Fraction(1, 1000), "metadata": {"title": "one"}}
        out.set_chapters([chapter, {**chapter, "id": 2, "start": 200, "end": 480, "metadata": {"title": "two"}}])
        out.add_attachment("note.txt", "text/plain", b"hello")

    clip = make_clip("a.mkv", more=more)
    for name, wanted in [("out.mkv", True), ("out.mp4", False)]:
        out, result = copied(clip, name)
        with av.open(str(out)) as made:
            assert made.metadata["title"] == "A day" and made.streams.video[0].language == "deu"
            chapters = [(float(each["start"] * each["time_base"]), each["metadata"]["title"]) for each in made.chapters()]
            assert chapters == [(0.0, "one"), (0.2, "two")]
            assert bool(made.streams.attachments) == wanted
        assert any("left out, since mp4 cannot hold it" in note for note in result.notes) != wanted


def test_a_part_begins_at_0_with_its_own_sound(make_clip, copied, frames_of, packets_of):
    clip = make_clip("a.mp4", frames=50, sound=True)
    out, result = copied(clip, "out.mp4", selection=Selection(Fraction("0.4"), Fraction(1)))
    assert result.frames == 15 and [time * 25 for time, _ in frames_of(out)] == list(range(15))
    heard = packets_of(clip, "audio")
    kept = [(time - Fraction(2, 5), data) for time, data in heard if Fraction(2, 5) <= time < 1]
    assert [data for _, data in packets_of(out, "audio")] == [data for _, data in kept]
    assert abs(packets_of(out, "audio")[0][0] - kept[0][0]) < Fraction(1, 8000)


def test_a_preview_is_small_and_has_one_frame_in_so_many(make_clip, copied, frames_of):
    clip = make_clip("a.mp4", frames=12, size=(800, 450))
    out, result = copied(clip, "out.mp4", selection=Selection(preview=5))
    assert [time * 25 for time, _ in frames_of(out)] == [0, 5, 10] and result.size == (640, 360)


def test_gif_in_and_out(make_clip, copied, frames_of):
    clip = make_clip("a.mp4")
    gif, result = copied(clip, "out.gif")
    assert [time for time, _ in frames_of(gif)] == [time for time, _ in frames_of(clip)]
    assert result.notes == ("a GIF has 256 colours and no sound; give an .mp4 or .webm to keep more",)
    again, _ = copied(gif, "again.gif")
    for (time, before), (same, after) in zip(frames_of(gif), frames_of(again), strict=True):
        assert time == same and np.abs(before - after).max() <= 8
    video, _ = copied(gif, "again.mp4")
    assert len(frames_of(video)) == 12


def test_frames_are_the_same_from_any_place(make_clip):
    clip = VideoFile(make_clip("a.mp4", frames=60))
    whole = [frame.pixels for frame in clip.frames()]
    assert len(whole) == 60 == len(clip.times) and clip.end == Fraction(60, 25)
    for start in (0, 1, 29, 30, 31, 59):
        frame = next(clip.frames(start, start + 1))
        assert frame.index == start and frame.time == Fraction(start, 25)
        np.testing.assert_array_equal(frame.pixels, whole[start])
    small = list(clip.small(32, 5, 30, every=10))
    assert [frame.index for frame in small] == [5, 15, 25] and small[0].size == (32, 24)
    assert np.abs(small[0].pixels.mean((0, 1)) - whole[5].mean((0, 1))).max() < 0.01


def test_what_an_encoder_is_told(make_clip, copied, facts_of):
    clip = make_clip("a.mp4", frames=3)
    fine, _ = copied(clip, "fine.mp4", wish=Wish("hevc", 5))
    rough, _ = copied(clip, "rough.mp4", wish=Wish("libx265", 45, {"preset": "ultrafast"}))
    with av.open(str(fine)) as made:
        assert made.streams.video[0].codec_context.codec_tag == "hvc1"
    assert facts_of(fine)[0] == "hevc" and fine.stat().st_size > rough.stat().st_size
    for wish, text in [
        (Wish("h266x"), "there is no encoder h266x; give h264"),
        (Wish("ffv1", 20), "the encoder ffv1 has no crf, got 20"),
        (Wish("h264", None, {"presett": "slow"}), "has no option 'presett'"),
        (Wish("h264_nvenc"), "the encoder h264_nvenc cannot be used here"),
        (Wish("prores"), ".mp4 holds no prores"),
    ]:
        with pytest.raises(OptionError, match=text):
            copied(clip, "no.mp4", wish=wish)


def test_parts_that_are_not_there(make_clip, copied):
    clip = make_clip("a.mp4")
    with pytest.raises(OptionError, match="no frame lies in the part that is asked for; the clip is 0.48 s long"):
        copied(clip, "out.mp4", selection=Selection(Fraction(9)))
    with pytest.raises(OptionError, match="must end after it begins, got from 2 to 1 s"):
        Selection(Fraction(2), Fraction(1))
    with pytest.raises(OptionError, match="from must be seconds or a time such as 1:02.5, got 'soon'"):
        parse_time("soon", "from")
