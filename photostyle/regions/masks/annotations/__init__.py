"""Regions outlined in annotation programs: labelme, X-AnyLabeling, COCO, CVAT, Label Studio.

Each format is parsed into an `Annotation`, the shapes of one photo, which is painted by `painting`; `reading` tells the formats
from each other.
"""
