"""Files of annotation programs that are not read: known by what they hold, so that they can be refused by name."""

from typing import Any

_READ = "give it as COCO, labelme or CVAT for images 1.1, which it can be exported to, or as a picture"


def name_of_foreign(record: Any) -> str | None:
    """What a JSON is that is not read, and what to do; None where it is nothing that is known.

    >>> name_of_foreign([{"image_id": 3, "category_id": 1, "segmentation": {}}])
    "holds COCO's results without their images; give the file of images, annotations and categories"
    """
    first = record
    if isinstance(record, list):
        first = record[0] if record else None
    if not isinstance(first, dict):
        return None
    if "segments_info" in first:
        return "holds COCO's panoptic segments, whose shapes are in the pictures beside it; give such a picture"
    if isinstance(record, list) and "image_id" in first:
        return "holds COCO's results without their images; give the file of images, annotations and categories"
    if isinstance(record, dict):
        values = list(record.values())
        is_via = "_via_img_metadata" in record or (isinstance(values[0] if values else None, dict) and "regions" in values[0])
        if is_via:
            return f"is of VGG Image Annotator; {_READ}"
        if "objects" in record and "size" in record:
            return f"is of Supervisely; {_READ}"
        if "item" in record and "annotations" in record:
            return f"is of Darwin (V7); {_READ}"
        if record.get("type") == "FeatureCollection":
            return f"is GeoJSON; {_READ}"
    if "Labeled Data" in first or "data_row" in first:
        return f"is of Labelbox; {_READ}"
    if "image" in first and "annotations" in first:
        return f"is of CreateML, which has boxes alone; {_READ}"
    return None
