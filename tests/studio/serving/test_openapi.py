"""The OpenAPI document is sound and true: schemathesis sends what it allows and what it forbids, and reads the answers by it."""

import json

import pytest

from photostyle.studio.serving.openapi import openapi_document
from photostyle.studio.serving.operations import OPERATIONS
from tests.studio.serving.conftest import BEARER, QUICK, ended, send

DOCUMENT = openapi_document(OPERATIONS)


def test_the_document_is_what_the_server_gives(client):
    assert client.get("/openapi.json").json() == json.loads(json.dumps(DOCUMENT))


def test_the_document_is_openapi():
    validator = pytest.importorskip("openapi_spec_validator", reason="it comes with moto[server], of the extra dev")
    validator.validate(DOCUMENT)


def test_each_operation_says_what_it_needs():
    for path, operations in DOCUMENT["paths"].items():
        for operation in operations.values():
            assert ("security" in operation) == (path in ("/healthz", "/readyz", "/openapi.json"))
            assert ("401" in operation["responses"]) == ("security" not in operation)
    assert len(DOCUMENT["paths"]) > 15


def _filled(case, ids: dict[str, str]) -> None:
    """Half of the cases ask for what there is, so that not all of them end with 404."""
    parameters = case.path_parameters or {}
    if "id" in parameters and len(parameters["id"]) % 2:
        parameters["id"] = ids[case.operation.path.split("/")[2]]
    if isinstance(case.body, dict) and len(str(case.body)) % 2:
        for role in ("content", "style"):
            if isinstance(case.body.get(role), str):
                case.body[role] = ids["photos"]


def _try(operation, allowed: bool, ids: dict[str, str]) -> None:
    """Requests that the document allows, or such as it forbids; each answer must be one that it describes."""
    from hypothesis import HealthCheck, given, settings
    from schemathesis import GenerationMode
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks as of

    checks = [not_a_server_error, of.status_code_conformance, of.content_type_conformance, of.response_schema_conformance]
    if not allowed:
        checks.append(of.negative_data_rejection)

    @settings(max_examples=12, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE if allowed else GenerationMode.NEGATIVE))
    def tried(case):
        if allowed:
            _filled(case, ids)
        case.call_and_validate(headers=BEARER, checks=checks)

    tried()


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(DOCUMENT["paths"]))
def test_the_answers_are_as_described(path, server_of):
    schemathesis = pytest.importorskip("schemathesis", reason="it comes with the extra dev")
    with server_of() as client:
        both = {"content": send(client, "day.png", 0), "style": send(client, "dusk.png", 1)}
        ids = {"photos": both["content"]}
        if path.startswith(("/api/jobs/", "/api/transforms/")):
            done = ended(client, client.post("/api/jobs", json={**both, "options": QUICK}).json()["job"])
            ids |= {"jobs": done["job"], "transforms": done["result"]["transform"]}
        schema = schemathesis.openapi.from_asgi("/openapi.json", client.app)
        for method, described in DOCUMENT["paths"][path].items():
            _try(schema[path][method.upper()], True, ids)
            if "security" not in described:  # what is open takes nothing that could be wrong
                _try(schema[path][method.upper()], False, ids)
