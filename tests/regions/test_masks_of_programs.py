"""What annotation programs write otherwise than their manuals: names of brushes, short exports, blank labels, foreign files."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from photostyle.errors import MaskError
from photostyle.regions import read_mask

W, H = 120, 90
SIZE = (W, H)
UPPER = np.zeros((H, W), np.uint8)
UPPER[:30] = 255
LOWER = UPPER[::-1]
COMMON = {"original_width": W, "original_height": H}


def write(path, record):
    path.write_text(json.dumps(record))
    return path


@pytest.mark.parametrize("who", ["1", "", "ann.lee@example.com"])
@pytest.mark.parametrize("brush", ["tag", "label", "brush_labels"])
def test_the_brush_of_label_studio_may_have_any_name(tmp_path, who, brush):
    for label, inside in (("Sky", UPPER), ("deep-blue sea", LOWER)):
        Image.fromarray(inside).save(tmp_path / f"task-12-annotation-15-by-{who}-{brush}-{label}-0.png")
    assert read_mask(tmp_path, SIZE).names == ("Sky", "deep-blue sea", "rest")


def test_one_part_of_label_studio_is_its_tag(tmp_path):
    path = tmp_path / "task-12-annotation-15-by-1-tag-Sky-0.png"
    Image.fromarray(UPPER).save(path)
    regions = read_mask(path, SIZE)
    assert regions.names == ("Sky", "rest") and regions.notes == ()
    assert np.array_equal(regions.masks[0].numpy() > 0.5, UPPER > 0)


def test_the_short_export_of_label_studio(tmp_path):
    polygon = {"points": [[0, 0], [100, 0], [100, 50], [0, 50]], "closed": True, "polygonlabels": ["Sky"]} | COMMON
    box = {"x": 0, "y": 60, "width": 100, "height": 40, "rotation": 0, "rectanglelabels": ["Sea"]} | COMMON
    tasks = [
        {"id": 1, "image": "/data/upload/1/0a1b2c3d-day.jpg", "label": [polygon, box], "annotator": 1, "annotation_id": 4},
        {"id": 2, "image": "/data/upload/1/0a1b2c3e-dusk.jpg", "label": [box], "annotator": 1, "annotation_id": 5},
    ]
    regions = read_mask(write(tmp_path / "min.json", tasks), SIZE, photo_name="day.jpg")
    assert dict(zip(regions.names, regions.shares(), strict=True)) == pytest.approx({"Sky": 0.5, "Sea": 0.4, "rest": 0.1})
    assert read_mask(tmp_path / "min.json", SIZE, photo_name="dusk.jpg").names == ("Sea", "rest")


def label_studio(path, *results):
    return write(
        path, [{"id": 1, "data": {"image": "day.jpg"}, "annotations": [{"result": [COMMON | each for each in results]}]}]
    )


@pytest.mark.parametrize("opaque", [True, False])
def test_a_bitmask_of_label_studio(tmp_path, opaque):
    picture = Image.fromarray(UPPER) if opaque else Image.fromarray(np.dstack([UPPER * 0, UPPER * 0, UPPER * 0, UPPER]))
    data = io.BytesIO()
    picture.save(data, "PNG")
    url = "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()
    path = label_studio(tmp_path / "m.json", {"type": "bitmask", "value": {"imageDataURL": url, "bitmasklabels": ["Sky"]}})
    regions = read_mask(path, SIZE)
    assert regions.names == ("Sky", "rest") and np.array_equal(regions.masks[0].numpy(), UPPER > 0)


def test_a_shape_of_label_studio_whose_label_is_a_result_of_its_own(tmp_path):
    value = {"x": 0, "y": 0, "width": 100, "height": 50}
    bare = {"id": "a", "type": "rectangle", "value": value}
    path = label_studio(tmp_path / "m.json", bare, bare | {"type": "labels", "value": value | {"labels": ["Sky"]}})
    regions = read_mask(path, SIZE)
    assert regions.names == ("Sky", "rest") and regions.notes == ()


def test_ids_of_coco_may_be_numbers_here_and_text_there(tmp_path):
    entry = {"image_id": "3", "category_id": "1", "segmentation": [[0, 0, W, 0, W, 45, 0, 45]]}
    record = {"images": [{"id": 3, "file_name": "a.jpg", "width": W, "height": H}], "annotations": [entry]}
    record["categories"] = [{"id": 1, "name": " Sky "}]
    assert read_mask(write(tmp_path / "m.json", record), SIZE).names == ("Sky", "rest")


def test_shapes_without_a_label_are_left_out_and_said(tmp_path):
    shapes = []
    for number, label in enumerate(("sky", " sky ", "", None)):
        top = 20 * number
        shapes.append({"label": label, "points": [[0, top], [W, top], [W, top + 20], [0, top + 20]]})
    regions = read_mask(write(tmp_path / "m.json", {"imageWidth": W, "imageHeight": H, "shapes": shapes}), SIZE)
    assert regions.names == ("sky", "rest") and regions.shares()[0] == pytest.approx(4 / 9)
    assert regions.notes == ("m.json: left out: 2 shapes without a label",)


@pytest.mark.parametrize(
    "record, name",
    [
        ([{"image_id": 1, "category_id": 1, "segmentation": {}}], "COCO's results"),
        ({"images": [{"id": 1}], "annotations": [{"image_id": 1, "segments_info": []}]}, "panoptic"),
        ({"a.jpg12": {"filename": "a.jpg", "regions": []}}, "VGG Image Annotator"),
        ({"_via_settings": {}, "_via_img_metadata": {}}, "VGG Image Annotator"),
        ({"description": "", "size": {"width": 3, "height": 3}, "objects": []}, "Supervisely"),
        ({"item": {"name": "a.jpg"}, "annotations": []}, "Darwin"),
        ({"type": "FeatureCollection", "features": []}, "GeoJSON"),
        ([{"ID": "x", "Labeled Data": "a.jpg", "Label": {}}], "Labelbox"),
        ([{"image": "a.jpg", "annotations": []}], "CreateML"),
        ([], "holds no shapes"),
        (None, "holds no shapes"),
    ],
)
def test_what_is_not_read_is_refused_by_name(tmp_path, record, name):
    with pytest.raises(MaskError, match=name):
        read_mask(write(tmp_path / "m.json", record), SIZE)


def test_arrays_that_numpy_has_saved(tmp_path):
    for label, inside in (("Sky", UPPER), ("Sea", LOWER)):
        np.save(tmp_path / f"task-12-annotation-15-by-1-tag-{label}-0", inside)
    assert read_mask(tmp_path, SIZE).names == ("Sea", "Sky", "rest")
    path = tmp_path / "m.npy"
    for values in (UPPER > 0, UPPER):
        np.save(path, values)
        regions = read_mask(path, SIZE)
        assert np.array_equal(regions.masks[regions.index("white")].numpy(), UPPER > 0)
    np.save(path, UPPER.astype(np.int64) // 255 * 7)
    assert set(read_mask(path, SIZE).names) == {"label 0", "label 7"}
    np.save(path, np.array([object()]), allow_pickle=True)
    with pytest.raises(MaskError, match="is no array of NumPy"):
        read_mask(path, SIZE)
    np.save(path, np.zeros((2, H, W)))
    with pytest.raises(MaskError, match="must be one plane"):
        read_mask(path, SIZE)
