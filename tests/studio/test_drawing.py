"""What the page sees of a result: codes, marks, parts at full size, and what its shader draws from."""

import io
import json
import struct

import numpy as np
import pytest
import torch
from PIL import Image

import photostyle
from photostyle.events import Progress
from photostyle.prepared import prepare_whole
from photostyle.studio.drawing import MARKS, Drawn, box_of
from photostyle.studio.growing import Growing
from photostyle.studio.live import packed_masks
from photostyle.studio.problems import Refused
from photostyle.transforms import PictureTransform, Provenance
from tests.studio.conftest import events, sample, solve


@pytest.fixture
def solved(client, ids):
    """What a solve told last."""
    return solve(client, ids)


def test_marks_say_what_clips_and_what_lies_outside():
    pixels = np.full((1, 4, 3), 0.5, np.float32)
    pixels[0, 0] = (1, 0.5, 0.5)
    pixels[0, 1] = (0.001, 0.5, 0.5)
    pixels[0, 2] = (-0.1, 0.5, 0.5)
    drawn = Drawn.of(pixels)
    clipping, gamut = drawn.marks(True, False)[0], drawn.marks(False, True)[0]
    assert [tuple(mark[:3]) for mark in clipping] == [MARKS["white"], MARKS["black"], MARKS["black"], (0, 0, 0)]
    assert [bool(mark[3]) for mark in clipping] == [True, True, True, False]
    assert [bool(mark[3]) for mark in gamut] == [False, False, True, False]


@pytest.mark.parametrize("box", ["", "1,2,3", "0,0,0,5", "90,0,10,5", "0,0,9x,5", [0, 0, True, 5], [-1, 0, 5, 5], None, 7])
def test_a_box_that_does_not_fit_is_a_line(box):
    with pytest.raises(Refused, match="box must"):
        box_of(box, (96, 64))


def test_a_box_is_as_it_was_asked_for():
    assert box_of("1,2,30,40", (96, 64)) == box_of([1, 2, 30, 40], (96, 64)) == (1, 2, 30, 40)


def test_the_regions_of_a_pixel_are_sent_by_how_much_of_it_they_are():
    masks = torch.rand(7, 5, 6, generator=torch.Generator().manual_seed(0)).softmax(0)
    masks[:, 0, 0] = torch.eye(7)[3]
    labels, weights = packed_masks(masks)
    assert labels.shape == weights.shape == (2, 5, 6, 4)
    assert (weights.sum((0, 3), dtype=int) == 255).all()
    assert (labels[0, 0, 0, 0], weights[0, 0, 0, 0]) == (3, 255)
    back = np.zeros((7, 5, 6))
    for layer in range(2):
        for slot in range(4):
            np.add.at(back, (labels[layer, ..., slot], *np.indices((5, 6))), weights[layer, ..., slot] / 255)
    assert np.abs(back - masks.numpy()).max() < 0.01


def test_a_field_is_sent_for_the_shader(client, solved):
    address = f"/api/transforms/{solved['transform']}/field"
    answer = client.get(f"{address}?box=10,20,30,25")
    (length,) = struct.unpack_from("<I", answer.content)
    facts = json.loads(answer.content[4 : 4 + length])
    assert (length + 4) % 8 == 0
    assert facts["regions"] == solved["regions"]
    assert (facts["width"], facts["height"], facts["corner"], facts["whole"]) == (30, 25, [10, 20], [96, 64])
    table = 3 * len(facts["regions"]) * np.prod(facts["nodes"]) * 4 * 4
    assert len(answer.content) == 4 + length + table + 30 * 25 * (8 + 8 * facts["layers"])
    start = 4 + length + table
    pixels = np.frombuffer(answer.content, "<f2", 30 * 25 * 4, start).reshape(25, 30, 4)
    assert np.abs(pixels[..., :3] * 255 - sample(0)[20:45, 10:40]).max() < 0.1
    assert client.get(f"{address}?box=90,0,10,5").status_code == 400


def test_a_part_is_what_is_saved(client, solved, ids):
    amounts = {"strength": 0.7, "chroma": 0.5}
    saved = client.post(f"/api/transforms/{solved['transform']}/export", json={**amounts, "format": "png"})
    whole = photostyle.read_photo(saved.content).to_uint8()
    address = f"/api/transforms/{solved['transform']}"
    part = _picture(client.post(f"{address}/preview", json={**amounts, "box": [10, 20, 30, 25]}))
    assert np.abs(part.astype(int) - whole[20:45, 10:40]).mean() < 2  # a JPEG, and dither
    before = _picture(client.post(f"{address}/preview", json={"strength": 0, "box": [10, 20, 30, 25]}))
    view = _picture(client.get(f"/api/photos/{ids['day.png']}/view?box=10,20,30,25"))
    assert before.shape == view.shape == (25, 30, 3)
    assert np.abs(before.astype(int) - view).mean() < 1
    marks = _picture(client.post(f"{address}/marks", json={**amounts, "side": 96, "clipping": True}))
    assert marks.shape == (64, 96, 4)


def _picture(answer) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def test_a_picture_so_far_is_drawn_now_and_then():
    content = prepare_whole(sample(0))
    transform = PictureTransform(torch.zeros(3, 64, 96), content.regions, Provenance())
    times = iter((0, 0.01, 0.2, 0.6, 0.61, 0.7, 0.8))
    told = []
    growing = Growing(content, told.append, clock=lambda: next(times))
    for step in range(4):
        growing(Progress("solve", step, 4, so_far=lambda: transform))
    growing(Progress("write", 1, 1))
    pictures = [None if progress.so_far is None else progress.so_far() for progress in told]
    assert [picture is not None for picture in pictures] == [True, False, True, False, False]
    assert np.asarray(Image.open(io.BytesIO(pictures[0]))).max() < 30


def test_a_solve_shows_what_it_has_found_so_far(client, ids):
    record = {"content": ids["day.png"], "style": ids["dusk.png"], "options": {"steps": 2, "fast": True}}
    job = client.post("/api/solve", json=record).json()["job"]
    assert events(client, job)[-1]["picture"] >= 1
    assert _picture(client.get(f"/api/jobs/{job}/picture")).shape == (64, 96, 3)


@pytest.mark.parametrize(
    "options",
    [{"fast": True, "steps": 4}, {"method": "paint", "steps": 6, "size": 64}, {"method": "pixels", "steps": 2, "size": 64}],
)
def test_what_is_found_so_far_becomes_the_result(options):
    previews = []

    def told(progress):
        if progress.so_far is not None:
            previews.append(progress.so_far().preview(prepare_whole(sample(0)))())

    result = photostyle.transfer(sample(0), sample(1), segmenter="none", callback=told, **options)
    assert len(previews) >= 4
    last, made = previews[-1].astype(int), result.photo.to_uint8()
    assert last.shape == made.shape
    assert np.abs(last - made).mean() < 6
