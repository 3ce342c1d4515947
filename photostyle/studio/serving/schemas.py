"""What programs send to the server and what comes back, as JSON Schema."""

from collections.abc import Mapping
from typing import Any

from photostyle.amounts import AMOUNTS, MOST_AMOUNT
from photostyle.photo.formats import WRITABLE
from photostyle.registry import method_names
from photostyle.studio.desk import PREVIEWED
from photostyle.studio.jobs import OVER

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
TEXTS: Schema = {"type": "array", "items": TEXT}
SIDE: Schema = {"type": "integer", "minimum": 16, "maximum": PREVIEWED}
BOX: Schema = {"type": "string", "pattern": "^[0-9]{1,6},[0-9]{1,6},[0-9]{1,6},[0-9]{1,6}$"}
_ANY: Schema = {}


def _object(properties: Mapping[str, Schema], optional: tuple[str, ...] = (), **more: Any) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": dict(properties), **({"required": required} if required else {}), **more}


def named(name: str) -> Schema:
    """A reference to one of `SCHEMAS`."""
    return {"$ref": f"#/components/schemas/{name}"}


def _or_null(kind: str) -> Schema:
    return {"type": [kind, "null"]}


_AMOUNT = {
    "description": "A number for all regions, or numbers by region, in which * stands for the others.",
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": MOST_AMOUNT},
        {"type": "object", "additionalProperties": {"type": "number", "minimum": 0, "maximum": MOST_AMOUNT}},
    ],
}
_AMOUNTS = {name: named("Amount") for name in AMOUNTS}
_PAIRS = {"type": ["object", "null"], "additionalProperties": TEXT, "description": "Region of the photo to region of the style."}

SCHEMAS: dict[str, Schema] = {
    "Error": _object({"error": {**TEXT, "description": "One line: what was expected, what came, what to do."}}),
    "Photo": _object({"id": TEXT, "name": TEXT, "brought": {"type": "boolean"}}),
    "Photos": _object({"folder": _or_null("string"), "photos": {"type": "array", "items": named("Photo")}}),
    "PhotoFacts": _object(
        {
            "id": TEXT,
            "name": TEXT,
            "brought": {"type": "boolean"},
            "width": WHOLE,
            "height": WHOLE,
            "depth": WHOLE,
            "format": _or_null("string"),
            "wide": {"type": "boolean", "description": "Whether it has a profile wider than sRGB."},
            "notes": TEXTS,
        }
    ),
    "Removed": _object({"removed": {"const": True}}),
    "Regions": _object(
        {
            "painted": {"type": "boolean", "description": "Whether they are of a mask that was sent; else they were found."},
            "key": TEXT,
            "width": WHOLE,
            "height": WHOLE,
            "regions": {
                "type": "array",
                "items": _object({"name": TEXT, "colour": TEXT, "share": NUMBER, "found": TEXTS}, ("found",)),
            },
            "found": {"type": ["array", "null"], "items": TEXT},
            "hard": {"type": "boolean"},
            "feather": NUMBER,
            "notes": TEXTS,
        }
    ),
    "PairsOrder": _object(
        {"content": TEXT, "style": TEXT, "pairs": _PAIRS, "ignore": TEXTS, "protect": TEXTS}, ("pairs", "ignore", "protect")
    ),
    "Pair": _object({"content": TEXT, "style": _or_null("string"), "kind": TEXT, "how": TEXT, "warning": _or_null("string")}),
    "Pairs": _object(
        {
            "pairs": {"type": "array", "items": named("Pair")},
            "table": {"type": "array", "items": _object({"name": TEXT, "takes": TEXT, "how": TEXT, "content_share": NUMBER})},
        }
    ),
    "Methods": _object(
        {
            "methods": {
                "type": "array",
                "items": _object(
                    {
                        "name": TEXT,
                        "summary": TEXT,
                        "needs_style": {"type": "boolean"},
                        "finds_regions": {"type": "boolean"},
                        "controls": {"type": "array", "items": named("Control")},
                    }
                ),
            }
        }
    ),
    "Control": _object(
        {
            "name": TEXT,
            "kind": {"enum": ["bool", "int", "float", "text", "choice", "styles"]},
            "default": _ANY,
            "low": _or_null("number"),
            "high": _or_null("number"),
            "choices": {"type": ["array", "null"]},
            "usual": TEXT,
            "help": TEXT,
        }
    ),
    "JobOrder": _object(
        {
            "content": {**TEXT, "description": "The id of the photo to change."},
            "style": {**TEXT, "description": "The id of the photo whose look is wanted; not needed where a network has its own."},
            "options": {
                "type": "object",
                "description": "Of the method, as GET /api/methods lists them for each.",
                "properties": {
                    "method": {**TEXT, "examples": [*method_names()]},
                    "seed": WHOLE,
                    "pairs": _PAIRS,
                    "ignore": TEXTS,
                    "protect": TEXTS,
                },
            },
        },
        ("style", "options"),
    ),
    "Job": _object(
        {
            "job": TEXT,
            "created": {**NUMBER, "description": "Seconds since 1970."},
            "asked": {"type": "object"},
            "state": {"enum": ["queued", "running", *OVER]},
            "stage": TEXT,
            "step": WHOLE,
            "total": WHOLE,
            "picture": {**WHOLE, "description": "How many pictures of it there were so far."},
            "result": named("Result"),
            "error": TEXT,
        },
        ("stage", "step", "total", "picture", "result", "error"),
    ),
    "Jobs": _object({"jobs": {"type": "array", "items": named("Job")}}),
    "Result": _object(
        {
            "transform": {**TEXT, "description": "Its id."},
            "method": TEXT,
            "content": TEXT,
            "style": TEXT,
            "regions": TEXTS,
            "pairs": {"type": "array", "items": named("Pair")},
            "notes": TEXTS,
            "seconds": {"type": "object", "additionalProperties": NUMBER},
        }
    ),
    "Amount": _AMOUNT,
    "PreviewOrder": _object({**_AMOUNTS, "side": SIDE}, (*AMOUNTS, "side")),
    "ExportOrder": _object(
        {
            **_AMOUNTS,
            "format": {"enum": [*WRITABLE]},
            "depth": {"enum": ["keep", "8", "16", "float"]},
            "quality": {**TEXT, "pattern": "^(keep|[1-9][0-9]?|100)$"},
            "metadata": {"enum": ["keep", "strip"]},
        },
        (*AMOUNTS, "format", "depth", "quality", "metadata"),
    ),
    "Health": _object({"status": TEXT}),
}
