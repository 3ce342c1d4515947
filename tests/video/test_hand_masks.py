"""Frames of a clip that are written to be painted, and masks that come back from the studio or `photostyle masks`."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photostyle.errors import MaskError
from photostyle.photo import open_photo
from photostyle.regions import read_mask, write_masks
from photostyle.video.clip import FramesClip
from photostyle.video.hand_masks import masks_by_hand

CLIP = FramesClip([np.zeros((24, 32, 3), np.float32)] * 20)


@pytest.fixture
def written(tmp_path):
    """A folder that holds all that is written for the masks of frame 12: a picture, names, grey pictures, an overlay."""
    labels = np.zeros((24, 32))
    labels[:12] = 1
    regions = read_mask({"sky": labels, "sea": 1 - labels}, (32, 24))
    write_masks(regions, open_photo(CLIP.pixels[0]).pixels, tmp_path / "masks", "frame-0012")
    return tmp_path / "masks"


def test_what_is_written_for_one_frame_is_one_mask(written):
    assert sorted(path.name for path in written.iterdir()) == [
        "frame-0012",
        "frame-0012-overlay.jpg",
        "frame-0012.json",
        "frame-0012.png",
    ]
    masks = masks_by_hand(written, CLIP)
    assert masks == {12: written / "frame-0012.png"}
    assert set(read_mask(masks[12], (32, 24)).names) == {"sky", "sea"}
    (written / "frame-0012.png").unlink()
    (written / "frame-0012.json").unlink()
    assert masks_by_hand(written, CLIP) == {12: written / "frame-0012"}  # the grey pictures


def test_the_studios_zip_is_a_mask(written, tmp_path):
    given = tmp_path / "given"
    given.mkdir()
    with zipfile.ZipFile(given / "frame-0012-masks.zip", "w") as archive:
        for path in written.rglob("*"):
            archive.write(path, path.relative_to(written))
    masks = masks_by_hand(given, CLIP, tmp_path / "unpacked")
    assert set(read_mask(masks[12], (32, 24)).names) == {"sky", "sea"}
    with pytest.raises(MaskError, match="is a ZIP; unpack it there first"):
        masks_by_hand(given, CLIP)
    (given / "frame-0012-masks.zip").write_bytes(b"no archive")
    with pytest.raises(MaskError, match="cannot be unpacked"):
        masks_by_hand(given, CLIP, tmp_path / "unpacked")


def test_a_zip_of_two_frames_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "0003.zip", "w") as archive:
        archive.writestr("0003.png", b"")
        archive.writestr("0004.png", b"")
    with pytest.raises(MaskError, match="must hold the masks of one frame, got 2"):
        masks_by_hand(tmp_path, CLIP, tmp_path / "unpacked")


def test_a_user_gets_frames_to_paint_and_gives_a_mask_back(make_clip, call, tmp_path, frames_of):
    clip, frames, masks = make_clip("a.mkv", frames=12, codec="ffv1"), tmp_path / "frames", tmp_path / "masks"
    code, said, err = call("video", clip, "--key-frames", frames)
    assert code == 0 and said.split() == [str(frames / "frame-0006.png")], err
    assert Image.open(frames / "frame-0006.png").size == (64, 48)
    code, _, err = call("video", clip, "--key-frames", frames)
    assert code == 2 and f"{frames}: holds something already; give another folder" in err
    code, _, err = call("video", clip, make_clip("b.mp4", frames=2), "--key-frames", tmp_path / "more")
    assert code == 2 and "one folder is named for the frames of 2 clips" in err
    halves = np.zeros((48, 64))
    halves[:, :32] = 1
    write_masks(
        read_mask({"left": halves, "right": 1 - halves}, (64, 48)), np.zeros((48, 64, 3), np.float32), masks, "frame-0006"
    )
    dusk = tmp_path / "dusk.png"
    Image.fromarray(np.full((40, 60, 3), (230, 140, 90), np.uint8)).save(dusk)
    quick = ["--segmenter", "none", "--size", "64", "--steps", "1", "--device", "cpu", "--encoder", "compact"]
    code, _, err = call("video", clip, dusk, "--content-masks", masks, "--protect", "left", "-o", tmp_path / "out.mkv", *quick)
    assert code == 0, err
    before, after = (frames_of(path)[0][1][:48] for path in (clip, tmp_path / "out.mkv"))
    changed = np.abs(after - before)
    assert changed[:, 40:].mean() > 5 * changed[:, :24].mean()
    code, _, err = call("video", clip, dusk, "--content-masks", tmp_path / "nowhere", "-o", tmp_path / "no.mkv", *quick)
    assert code == 2 and "nowhere: no such folder; name a folder with masks" in err and not Path(tmp_path / "no.mkv").exists()
