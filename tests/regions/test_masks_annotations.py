"""Files of annotation programs are read: each shape that encloses something, and the rest is left out by name."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from photostyle.errors import MaskError
from photostyle.regions import read_mask
from photostyle.regions.masks.annotations.run_lengths import label_studio_alpha

W, H = 120, 90
SIZE = (W, H)


def share(regions, name):
    return dict(zip(regions.names, regions.shares(), strict=True))[name]


def in_base64(picture, **save):
    data = io.BytesIO()
    picture.save(data, "PNG", **save)
    return base64.b64encode(data.getvalue()).decode()


def labelme(path, *shapes, **record):
    made = [{"label": "sky", "shape_type": "polygon", "points": [[0, 0], [W, 0], [W, 30], [0, 30]], "flags": {}}]
    for kind, points, more in shapes:
        made.append({"label": "boat", "shape_type": kind, "points": points, "group_id": None, **more})
    path.write_text(json.dumps({"imageWidth": W, "imageHeight": H, "imageData": None, "shapes": made} | record))
    return path


BOX = [[20, 40], [60, 40], [60, 80], [20, 80]]


@pytest.mark.parametrize(
    "kind, points, pixels",
    [
        ("polygon", BOX, 1600),
        ("rectangle", BOX, 1600),
        ("rectangle", [[20, 40], [59, 79]], 1600),
        ("rectangle", [[59, 79], [20, 40]], 1600),
        ("rotation", [[40, 40], [60, 60], [40, 80], [20, 60]], 800),
        ("oriented_rectangle", [[40, 40], [60, 60], [40, 80], [20, 60]], 800),
        ("circle", [[40, 60], [40, 80]], np.pi * 400),
        ("ellipse", [[20, 50], [60, 70]], np.pi * 200),
        ("ellipse", [[40, 60], [60, 60], [40, 70]], np.pi * 200),
        ("ellipse", [[20, 50], [60, 50], [60, 70], [20, 70]], np.pi * 200),
        ("ellipse", [[20, 60], [40, 50], [60, 60], [40, 70]], np.pi * 200),
    ],
)
def test_shapes_of_labelme_that_enclose_something(tmp_path, kind, points, pixels):
    regions = read_mask(labelme(tmp_path / "m.json", (kind, points, {})), SIZE)
    assert share(regions, "boat") * W * H == pytest.approx(pixels, rel=0.01)
    assert regions.names == ("sky", "boat", "rest") and regions.notes == ()


def test_a_mask_of_labelme_is_a_picture_in_its_box(tmp_path):
    inside = np.zeros((40, 50), bool)
    inside[10:, :25] = True
    packed = in_base64(Image.fromarray(inside))
    path = labelme(tmp_path / "m.json", ("mask", [[30, 45], [79, 84]], {"mask": packed}))
    regions = read_mask(path, SIZE)
    plane = regions.masks[regions.index("boat")].numpy()
    expected = np.zeros((H, W))
    expected[45:85, 30:80] = inside
    assert np.array_equal(plane, expected)
    broken = labelme(tmp_path / "b.json", ("mask", [[30, 45], [79, 84]], {"mask": "eA=="}))
    assert read_mask(broken, SIZE).notes == ("b.json: left out: 1 mask that cannot be decoded",)


def test_what_encloses_nothing_is_left_out_by_name(tmp_path):
    shapes = [("point", [[1, 1]], {}), ("point", [[2, 2]], {}), ("line", [[1, 1], [9, 9]], {}), ("polygon", [[1, 1], [9, 9]], {})]
    regions = read_mask(labelme(tmp_path / "m.json", *shapes), SIZE)
    assert regions.notes == ("m.json: left out: 1 line, 2 points, 1 polygon of 2 points",)
    assert regions.names == ("sky", "rest")
    only = labelme(tmp_path / "n.json", shapes=[{"label": "a", "shape_type": "linestrip", "points": [[1, 1], [5, 5]]}])
    with pytest.raises(MaskError, match=r"n.json outlines nothing \(left out: 1 linestrip\)"):
        read_mask(only, SIZE)


def test_background_and_ignored_parts_of_labelme(tmp_path):
    background = {"label": "_background_"}
    path = labelme(tmp_path / "m.json", ("polygon", [[0, 0], [60, 0], [60, 15], [0, 15]], background))
    regions = read_mask(path, SIZE)
    assert regions.names == ("sky", "rest") and share(regions, "sky") == pytest.approx(0.25)
    void = labelme(tmp_path / "v.json", ("polygon", [[0, 10], [60, 10], [60, 20], [0, 20]], {"label": "__ignore__"}))
    regions = read_mask(void, SIZE)
    assert regions.names == ("sky", "rest") and share(regions, "sky") == pytest.approx(1 / 3)
    assert regions.notes == ("v.json: 5.6% is erased; filled from the regions around it",)


def test_holes_of_labelme(tmp_path):
    hole = [[30, 50], [50, 50], [50, 70], [30, 70]]
    within = labelme(tmp_path / "w.json", ("polygon", BOX, {"holes": [hole]}))
    grouped = labelme(tmp_path / "g.json", ("polygon", BOX, {"group_id": 1}), ("polygon", hole, {"group_id": 1}))
    alone = labelme(tmp_path / "a.json", ("polygon", BOX, {}), ("polygon", hole, {}))
    assert [round(share(read_mask(path, SIZE), "boat") * W * H) for path in (within, grouped, alone)] == [1200, 1200, 1600]


def test_the_size_is_that_of_the_picture_inside(tmp_path):
    data = in_base64(Image.new("RGB", (2 * W, 2 * H)))
    path = labelme(tmp_path / "m.json", ("rectangle", BOX, {}), imageData=data)
    assert share(read_mask(path, SIZE), "boat") * W * H == pytest.approx(400)
    path = labelme(tmp_path / "n.json", ("rectangle", BOX, {}), imageWidth=None, imageHeight=None)
    assert share(read_mask(path, SIZE), "boat") * W * H == pytest.approx(1600)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_a_byte_order_mark_is_no_fault(tmp_path, encoding):
    path = labelme(tmp_path / "m.json")
    path.write_text(path.read_text(), encoding=encoding)
    assert read_mask(path, SIZE).names == ("sky", "rest")
    Image.fromarray(np.arange(H * W).reshape(H, W) < H * W / 2).save(tmp_path / "p.png")
    (tmp_path / "p.json").write_text('{"day": [0, 0, 0], "night": [255, 255, 255]}', encoding=encoding)
    assert set(read_mask(tmp_path / "p.png", SIZE).names) == {"day", "night"}


def packed_counts(counts):
    """COCO's way to write runs as text."""
    text = ""
    for place, count in enumerate(counts):
        number = count - counts[place - 2] if place > 2 else count
        while True:
            five = number & 31
            number >>= 5
            more = number != (-1 if five & 16 else 0)
            text += chr((five | 32 if more else five) + 48)
            if not more:
                break
    return text


def runs(inside):
    """Lengths of runs, outside first."""
    flat = np.concatenate([[False], inside.ravel(), [not inside.ravel()[-1]]])
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    return np.diff(np.concatenate([[0], changes])).tolist()


def coco(path, annotations, images=(("day.jpg", W, H),)):
    pictures = [{"id": place, "file_name": n, "width": w, "height": h} for place, (n, w, h) in enumerate(images)]
    categories = [{"id": 1, "name": "sky"}, {"id": 2, "name": "boat"}]
    path.write_text(json.dumps({"images": pictures, "annotations": annotations, "categories": categories}))
    return path


def test_polygons_and_runs_of_coco(tmp_path):
    inside = np.zeros((H, W), bool)
    inside[40:80, 20:60] = np.random.default_rng(0).random((40, 40)) < 0.5
    inside[-1, -1] = False
    counts = runs(inside.T)
    for number, written in enumerate((counts, packed_counts(counts))):
        sky = {"image_id": 0, "category_id": 1, "segmentation": [[0, 0, W, 0, W, 30, 0, 30], [0, 30, W, 30, W, 45, 0, 45]]}
        boat = {"image_id": 0, "category_id": 2, "iscrowd": 0, "segmentation": {"size": [H, W], "counts": written}}
        nothing = {"image_id": 0, "category_id": 2, "segmentation": [], "keypoints": [1, 1, 2]}
        regions = read_mask(coco(tmp_path / f"{number}.json", [boat, sky, nothing]), SIZE)
        assert np.array_equal(regions.masks[regions.index("boat")].numpy(), inside)
        assert regions.notes == (f"{number}.json: left out: 1 object of keypoints",)


def test_a_crowd_of_coco_lies_below_and_a_box_is_better_than_nothing(tmp_path):
    crowd = {"image_id": 0, "category_id": 1, "iscrowd": 1, "segmentation": {"size": [H, W], "counts": [0, H * W]}}
    box = {"image_id": 0, "category_id": 2, "bbox": [20, 40, 40, 40]}
    regions = read_mask(coco(tmp_path / "m.json", [box, crowd]), SIZE)
    assert share(regions, "boat") * W * H == 1600 and regions.names == ("boat", "sky") or regions.names == ("sky", "boat")
    assert "1 of its objects have a box" in regions.notes[0]


@pytest.mark.parametrize(
    "photo, found",
    [("day.jpg", 0.25), ("shoot/night.JPG", 0.5), ("night.tif", 0.5), ("other.jpg", None), (None, None)],
)
def test_the_picture_of_the_photos_name_is_taken(tmp_path, photo, found):
    by_day = {"image_id": 0, "category_id": 2, "bbox": [0, 0, W / 2, H / 2]}
    by_night = {"image_id": 1, "category_id": 2, "bbox": [0, 0, W, H / 2]}
    path = coco(tmp_path / "m.json", [by_day, by_night], (("day.jpg", W, H), ("shoot/night.jpg", W, H)))
    if found is None:
        with pytest.raises(MaskError, match="holds 2 pictures, and none is surely the photo.*: day.jpg, shoot/night.jpg; give"):
            read_mask(path, SIZE, photo_name=photo)
    else:
        assert share(read_mask(path, SIZE, photo_name=photo), "boat") == pytest.approx(found)


def test_else_the_only_picture_of_the_photos_size(tmp_path):
    boat = {"image_id": 1, "category_id": 2, "bbox": [0, 0, W, H / 2]}
    path = coco(tmp_path / "m.json", [boat], (("a.jpg", 7, 9), ("b.jpg", W, H)))
    regions = read_mask(path, SIZE, photo_name="c.jpg")
    assert regions.notes[0] == "m.json: holds 2 pictures; b.jpg is used, the only one of the photo's size"


CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><task><name>t</name></task></meta>
<image id="0" name="other.jpg" width="120" height="90"><box label="no" xtl="0" ytl="0" xbr="9" ybr="9"/></image>
<image id="1" name="shoot/day.jpg" width="120" height="90">
 <box label="boat" xtl="20" ytl="50" xbr="60" ybr="70" rotation="90" z_order="1"/>
 <polygon label="sky" points="0.00,0.00;120,0;120,30;0,30" z_order="0"/>
 <ellipse label="sun" cx="90" cy="60" rx="20" ry="10" rotation="30"/>
 <mask label="dot" rle="1, 2, 3, 2, 1" left="5" top="80" width="3" height="3"/>
 <polyline label="sky" points="0,0;5,5"/><points label="sky" points="0,0;5,5"/><tag label="a"/>
</image></annotations>"""


def test_shapes_of_cvat(tmp_path):
    (tmp_path / "annotations.xml").write_text(CVAT)
    regions = read_mask(tmp_path / "annotations.xml", SIZE, photo_name="day.jpg")
    pixels = {name: value * W * H for name, value in zip(regions.names, regions.shares(), strict=True)}
    assert pixels["sky"] == pytest.approx(3600) and pixels["boat"] == pytest.approx(800)
    assert pixels["sun"] == pytest.approx(np.pi * 200, rel=0.01) and pixels["dot"] == pytest.approx(4)
    assert np.array_equal(regions.masks[regions.index("dot"), 80:83, 5:8], [[0, 1, 1], [0, 0, 0], [1, 1, 0]])
    boat = regions.masks[regions.index("boat")].numpy()
    assert boat[40:80, 30:50].all() and boat.sum() == 800
    assert regions.notes == ("annotations.xml: left out: 1 points, 1 polyline, 1 tag",)


@pytest.mark.parametrize(
    "text, reason",
    [
        ("<annotations><track/></annotations>", "tracks of a video"),
        ("<a/>", "no annotations of images"),
        ("<annotations>", "no element found"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><annotations/>', "document type"),
        (CVAT.replace("1, 2, 3, 2, 1", "1, 2"), "do not fill 9 pixels"),
    ],
)
def test_what_is_no_file_of_cvat_is_refused(tmp_path, text, reason):
    (tmp_path / "m.xml").write_text(text)
    with pytest.raises(MaskError, match=f"{reason}.* as a mask give one of these"):
        read_mask(tmp_path / "m.xml", SIZE, photo_name="day.jpg")


class _Writer:
    """Bits, as Label Studio's brush packs them."""

    def __init__(self):
        self.bits = []

    def put(self, number, count):
        self.bits += [number >> place & 1 for place in reversed(range(count))]


def brush(inside):
    values = np.zeros((*inside.shape, 4), np.uint8)
    values[inside] = 255
    flat = values.ravel()
    writer = _Writer()
    writer.put(len(flat), 32)
    writer.put(7, 5)
    for size in (3, 4, 8, 16):
        writer.put(size - 1, 4)
    place = 0
    while place < len(flat):
        end = place + 1
        while end < len(flat) and flat[end] == flat[place]:
            end += 1
        writer.put(1, 1)
        writer.put(3, 2)
        writer.put(end - place - 1, 16)
        writer.put(int(flat[place]), 8)
        place = end
        if place + 4 <= len(flat) and flat[place] == 0:  # some as they are
            writer.put(0, 1)
            writer.put(0, 2)
            writer.put(3, 3)
            for value in flat[place : place + 4]:
                writer.put(int(value), 8)
            place += 4
    return np.packbits(writer.bits).tolist()


def test_label_studios_json(tmp_path):
    inside = np.zeros((H, W), bool)
    inside[40:60, 20:60] = True
    common = {"original_width": W, "original_height": H}
    results = [
        common | {"type": "brushlabels", "value": {"format": "rle", "rle": brush(inside), "brushlabels": ["Water"]}},
        common | {"type": "polygonlabels", "value": {"points": [[0, 0], [100, 0], [100, 25], [0, 25]], "polygonlabels": ["Sky"]}},
        common | {"type": "rectanglelabels", "value": {"x": 60, "y": 50, "width": 10, "height": 20, "rectanglelabels": ["Boat"]}},
        common | {"type": "keypointlabels", "value": {"x": 1, "y": 1, "width": 1, "keypointlabels": ["Boat"]}},
        {"type": "choices", "value": {"choices": ["fine"]}},
    ]
    tasks = []
    for number, name in enumerate(("1a2b3c4d-other.jpg", "5e6f7a8b-day.jpg")):
        tasks.append({"id": number, "data": {"image": f"/data/upload/1/{name}"}, "annotations": [{"result": results[number:]}]})
    (tmp_path / "export.json").write_text(json.dumps(tasks))
    regions = read_mask(tmp_path / "export.json", SIZE, photo_name="other.jpg")
    assert regions.names == ("Water", "Sky", "Boat", "rest")
    assert np.array_equal(regions.masks[0].numpy(), inside)
    assert share(regions, "Boat") == pytest.approx(0.02) and share(regions, "Sky") == pytest.approx(22 / 90, abs=0.02)
    assert regions.notes == ("export.json: left out: 1 keypoint",)
    assert read_mask(tmp_path / "export.json", SIZE, photo_name="day.jpg").names == ("Sky", "Boat", "rest")
    with pytest.raises(ValueError, match="cut short"):
        label_studio_alpha(brush(inside)[:-9], W, H)


def part(folder, name, rows):
    inside = np.zeros((H, W), np.uint8)
    inside[rows] = 255
    Image.fromarray(inside).save(folder / f"{name}.png")


def test_parts_of_label_studios_brush_are_one_region(tmp_path):
    for name, rows in (("by-1-tag-Sky-0", 0), ("by-a-b@c.de-tag-Sky-1", slice(1, 30)), ("tag-Deep Sea-0", slice(50, 90))):
        part(tmp_path, f"task-12-annotation-15-{name}", rows)
    regions = read_mask(tmp_path, SIZE)
    assert regions.names == ("Sky", "Deep Sea", "rest") and share(regions, "Sky") == pytest.approx(1 / 3)
    part(tmp_path, "task-12-annotation-16-by-2-tag-Sky-0", slice(0, 9))
    regions = read_mask(tmp_path, SIZE)
    assert share(regions, "Sky") == pytest.approx(0.1)
    assert "holds 2 annotations of task 12; only the last, 16, is used" in regions.notes[0]
    part(tmp_path, "task-13-annotation-17-by-2-tag-Sky-0", slice(0, 9))
    with pytest.raises(MaskError, match="masks of 2 tasks of Label Studio"):
        read_mask(tmp_path, SIZE)


def test_what_systems_leave_in_a_folder_is_no_mask(tmp_path):
    part(tmp_path, "sky", slice(0, 30))
    (tmp_path / "._sky.png").write_bytes(b"fork")
    (tmp_path / "@eaDir").mkdir()
    regions = read_mask(tmp_path, SIZE)
    assert regions.names == ("sky", "rest") and "left out: 1 hidden file" in regions.notes[0]


@pytest.mark.parametrize(
    "record",
    [
        [],
        {"images": [], "annotations": []},
        {"shapes": [{"label": "a", "points": [[1e400, 1]]}]},
        {"shapes": 3},
        {"images": [{"id": 1}], "annotations": [{"image_id": 1, "segmentation": {"size": [9, 9], "counts": "zz"}}]},
        {"imageWidth": -4, "imageHeight": 9, "shapes": []},
    ],
)
def test_broken_files_are_refused_in_one_line(tmp_path, record):
    (tmp_path / "m.json").write_text(json.dumps(record))
    with pytest.raises(MaskError) as caught:
        read_mask(tmp_path / "m.json", SIZE)
    assert "\n" not in str(caught.value)
