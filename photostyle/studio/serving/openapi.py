"""The table of operations as an OpenAPI 3.1 document."""

from typing import Any

from photostyle import __version__
from photostyle.studio.serving.operations import BYTES, JSON, Operation
from photostyle.studio.serving.schemas import SCHEMAS, Schema, named

_MEANINGS = {
    400: "The request is not as described",
    401: "No token, or a wrong one",
    404: "There is no such thing, or no longer",
    413: "Too large, or no room for it",
    422: "It cannot be used: the line says why",
    429: "Too many jobs wait; the header Retry-After says when to come again",
    500: "A fault of the server",
    503: "Too many requests at once, or the server is about to end; see Retry-After",
    507: "The disk is full",
}
_RETRY = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}


def openapi_document(operations: tuple[Operation, ...]) -> dict[str, Any]:
    """The document of a table."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "photostyle", "version": __version__, "summary": "One photo in the light of another"},
        "paths": paths,
        "components": {"schemas": SCHEMAS, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{"token": []}],
    }


def _described(operation: Operation) -> dict[str, Any]:
    record: dict[str, Any] = {"operationId": operation.handler.__name__, "summary": operation.summary}
    if operation.open:
        record["security"] = []
    parameters = [_parameter(name, "query", schema) for name, schema in operation.query]
    if "{id}" in operation.path:
        parameters.append(_parameter("id", "path", {"type": "string", "minLength": 1}))
    if parameters:
        record["parameters"] = parameters
    if operation.body is not None:
        media, schema = (BYTES, {}) if operation.body == BYTES else (JSON, operation.body)
        record["requestBody"] = {"required": True, "content": {media: {"schema": schema}}}
    content = {operation.media: {"schema": operation.schema} if operation.schema is not None else {}}
    answers: dict[str, Any] = {str(operation.status): {"description": operation.summary, "content": content}}
    for status in operation.statuses:
        answers[str(status)] = {"description": _MEANINGS[status], "content": {JSON: {"schema": named("Error")}}}
        if status in (429, 503):
            answers[str(status)]["headers"] = _RETRY
    return {**record, "responses": answers}


def _parameter(name: str, place: str, schema: Schema) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": schema}
