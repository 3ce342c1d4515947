"""Label Studio's JSON: tasks with the results of their annotations, outlines in percent, brushes as runs."""

import base64
import io
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlparse

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photostyle.regions.masks.annotations.annotation import Annotation, Bitmap, Ring, Shape
from photostyle.regions.masks.annotations.choice import Candidate, choose_picture
from photostyle.regions.masks.annotations.outlines import ellipse, rectangle, turned
from photostyle.regions.masks.annotations.run_lengths import label_studio_alpha

Size = tuple[int, int]
_NO_REGIONS = ("choices", "textarea", "rating", "taxonomy", "number", "datetime")  # of the whole picture


def is_label_studio(record: Any) -> bool:
    """Whether a JSON holds tasks of Label Studio."""
    tasks = record if isinstance(record, list) else [record]
    if not tasks or not all(isinstance(task, dict) for task in tasks):
        return False
    return all(("data" in task and ("annotations" in task or "completions" in task)) or _is_minimal(task) for task in tasks)


def _is_minimal(task: dict[str, Any]) -> bool:
    """Whether it is a task as the export "JSON-MIN" has it: its data, and lists of values by the name of the tool."""
    return "annotation_id" in task and "data" not in task and "id" in task


def _as_task(task: dict[str, Any]) -> dict[str, Any]:
    """A task of "JSON-MIN" as the full export has it; others as they are."""
    if not _is_minimal(task):
        return task
    results = []
    for values in task.values():
        if isinstance(values, list):
            results += [{**value, "value": value} for value in values if isinstance(value, dict) and "original_width" in value]
    data = {name: value for name, value in task.items() if isinstance(value, str)}
    return {"id": task["id"], "data": data, "annotations": [{"result": results}]}


def parse_label_studio(record: Any, path: object, photo_name: str | None, photo_size: Size) -> Annotation:
    """The results of one of the tasks.

    Raises:
        MaskError: none of the tasks is surely of the photo.
        ValueError, TypeError, KeyError, AttributeError: it is no such file.
    """
    tasks = [_as_task(task) for task in (record if isinstance(record, list) else [record])]
    results = [_results(task) for task in tasks]
    candidates = []
    for task, (found, _) in zip(tasks, results, strict=True):
        candidates.append(Candidate(_picture_name(task), _size(found)))
    place, notes = choose_picture(candidates, path, photo_name, photo_size)
    found, more_notes = results[place]
    annotation = Annotation(candidates[place].size, notes=notes + more_notes)
    labelled = {result.get("id") for result in found if result.get("id") and _label(result.get("value") or {})}
    for result in found:
        if result.get("type") in _NO_REGIONS or "value" not in result:
            continue
        if result.get("id") in labelled and _label(result["value"]) is None:
            continue  # another result of the same id has its shape with a label
        shape = _shape(result["value"], annotation.size or photo_size)
        if shape is None:
            annotation.left_out[str(result.get("type", "result")).removesuffix("labels") or "result"] += 1
        else:
            annotation.shapes.append(shape)
    return annotation


def _results(task: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """The results of a task's last annotation that was not cancelled, else of its last prediction; and notes."""
    annotations = task.get("annotations") or task.get("completions") or []
    valid = [annotation for annotation in annotations if not annotation.get("was_cancelled") and annotation.get("result")]
    notes = []
    if len(valid) > 1:
        notes.append(f"holds {len(valid)} annotations of the photo; only the last is used")
    if not valid:
        valid = [prediction for prediction in task.get("predictions") or [] if isinstance(prediction, dict)]
    if not valid:
        return [], notes
    return valid[-1].get("result") or [], notes


def _picture_name(task: dict[str, Any]) -> str:
    """The name of a task's picture: the first of its data that looks like a file."""
    for value in task["data"].values():
        if isinstance(value, str) and PurePosixPath(urlparse(value).path).suffix:
            return unquote(urlparse(value).path)
    return f"task {task.get('id', '')}".strip()


def _size(results: list[dict[str, Any]]) -> Size | None:
    for result in results:
        if result.get("original_width") and result.get("original_height"):
            return int(result["original_width"]), int(result["original_height"])
    return None


def _shape(value: dict[str, Any], size: Size) -> Shape | None:
    """One result, or None for a kind of no area, or one without a label."""
    label = _label(value)
    if label is None:
        return None
    if value.get("rle"):
        return Shape(label, bitmap=Bitmap(0, 0, label_studio_alpha(value["rle"], *size)))
    if str(value.get("imageDataURL", "")).startswith("data:image/"):
        return Shape(label, bitmap=Bitmap(0, 0, _bitmask(value["imageDataURL"], size)))
    ring = _outline(value, size)
    if ring is None or len(ring) < 3:
        return None
    if not np.isfinite(ring).all():
        raise ValueError("a point of it is no number")
    return Shape(label, (ring,))


def _label(value: dict[str, Any]) -> str | None:
    for name, labels in value.items():
        if name.endswith("labels") and isinstance(labels, list) and labels:
            return str(labels[0])
    return None


def _bitmask(url: str, size: Size) -> NDArray[np.bool_]:
    """(H, W) where a picture within the file is painted: opaque, or not black where all of it is opaque.

    Raises:
        ValueError: it is no picture.
    """
    try:
        with Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))) as picture:
            levels = np.asarray(picture.convert("RGBA").resize(size, Image.Resampling.NEAREST))
    except (OSError, Image.DecompressionBombError) as error:
        raise ValueError("its bitmask is no picture") from error
    inside: NDArray[np.bool_] = levels[..., 3] >= 128
    if inside.all():
        inside = levels[..., :3].max(2) >= 128
    return inside


def _outline(value: dict[str, Any], size: Size) -> Ring | None:
    """The outline in pixels of what is in percent of the picture; turned about the upper left corner, or the centre."""
    scale = np.array(size, np.float64) / 100
    if "points" in value:
        return np.array(value["points"], np.float64).reshape(-1, 2) * scale
    if "x" not in value or "y" not in value:
        return None
    x, y = (float(number) for number in np.array([value["x"], value["y"]], np.float64) * scale)
    if "radiusX" in value:
        ring = ellipse(x, y, float(value["radiusX"]) * scale[0], float(value["radiusY"]) * scale[1])
    elif value.get("width") and value.get("height"):
        if "keypointlabels" in value:
            return None  # its width is that of the dot
        ring = rectangle(x, y, x + float(value["width"]) * scale[0], y + float(value.get("height", 0)) * scale[1])
    else:
        return None
    return turned(ring, float(value.get("rotation") or 0), (x, y))
