"""The description of the API, held against the routes that there are."""

import re
from pathlib import Path
from typing import Any

from starlette.routing import Route

from entrypoints.http.api import ApiRoutes
from entrypoints.http.description import OPERATIONS, document
from entrypoints.http.webhooks import WEBHOOK_PATH
from tests.entrypoints.serving import (
    OPERATOR,
    TOKENS,
    VIEWER,
    Serving,
    assert_problem,
    play,
    problem,
)


def test_every_route_is_described_and_nothing_else_is(tmp_path: Path) -> None:
    served = {("POST", WEBHOOK_PATH)}

    async def scene(stage: Serving) -> None:
        api = stage.parts.app._guarded._app
        assert isinstance(api, ApiRoutes)
        for route in api.routes:
            assert isinstance(route, Route)
            served.update((method, route.path) for method in (route.methods or set()) - {"HEAD"})

    play(tmp_path, scene)
    described = {
        (method.upper(), path) for path, methods in document(needs_token=True)["paths"].items() for method in methods
    }
    assert described == served
    assert len(OPERATIONS) == len(served)


def test_every_part_of_a_path_is_a_described_parameter() -> None:
    for path, methods in document(needs_token=True)["paths"].items():
        named = re.findall(r"\{(\w+)\}", path)
        for described in methods.values():
            assert [one["name"] for one in described.get("parameters", []) if one["in"] == "path"] == named, path


def test_every_reference_leads_somewhere() -> None:
    whole = document(needs_token=True)

    def references(value: Any) -> set[str]:
        if isinstance(value, dict):
            own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
            return own.union(*(references(one) for one in value.values()))
        return set().union(*(references(one) for one in value)) if isinstance(value, list) else set()

    known = {f"#/components/{part}/{name}" for part in ("schemas", "responses") for name in whole["components"][part]}
    assert references(whole) == known


def test_every_answer_is_a_named_component_and_every_operation_has_a_tag_that_is_described() -> None:
    whole = document(needs_token=True)
    answers = [*whole["components"]["responses"].values()]
    for methods in whole["paths"].values():
        for described in methods.values():
            answers += [one for one in described["responses"].values() if "$ref" not in one]
    for answer in answers:
        for media_type, content in answer.get("content", {}).items():
            schema = content["schema"]
            assert media_type.startswith(("text/", "application/zip", "application/octet-stream")) or all(
                "$ref" in one for one in schema.get("anyOf", [schema])
            )
    tags = {tag for methods in whole["paths"].values() for described in methods.values() for tag in described["tags"]}
    assert tags == {tag["name"] for tag in whole["tags"]}


def test_what_generators_of_clients_trip_over_is_nowhere() -> None:
    def constants(value: Any) -> list[Any]:
        if isinstance(value, dict):
            own = [value["const"]] if "const" in value else []
            return own + [one for part in value.values() for one in constants(part)]
        return [one for part in value for one in constants(part)] if isinstance(value, list) else []

    assert [one for one in constants(document(needs_token=True)) if isinstance(one, bool)] == []


def test_each_word_of_an_enumeration_is_of_the_type_that_is_said() -> None:
    kinds = {"string": str, "boolean": bool, "integer": int}

    def misfits(value: Any, place: str) -> list[str]:
        if isinstance(value, list):
            return [found for part in value for found in misfits(part, place)]
        if not isinstance(value, dict):
            return []
        said, words = value.get("type"), value.get("enum", [])
        own = [place] if isinstance(said, str) and not all(isinstance(one, kinds[said]) for one in words) else []
        return own + [found for name, part in value.items() for found in misfits(part, f"{place}/{name}")]

    assert misfits(document(needs_token=True), "") == []


def test_a_text_in_a_query_is_described_as_never_empty_for_an_empty_one_is_refused() -> None:
    may_be_empty = [
        f"{path} {one['name']}"
        for path, methods in document(needs_token=True)["paths"].items()
        for described in methods.values()
        for one in described.get("parameters", [])
        for schema in [one["schema"].get("items", one["schema"])]
        if one["in"] == "query" and schema.get("type") == "string"
        if not (schema.get("minLength") or "pattern" in schema or "enum" in schema or "format" in schema)
    ]
    assert may_be_empty == []


def test_it_is_served_to_whoever_may_read_and_says_whether_a_token_is_needed(tmp_path: Path) -> None:
    async def guarded(stage: Serving) -> None:
        assert await stage.json("/openapi.json", VIEWER) == await stage.json("/openapi.json", OPERATOR)
        assert (await stage.json("/openapi.json", VIEWER))["security"] == [{"bearer": []}]
        no_token = "send `Authorization: Bearer <token>` with a token of DIALTRAIL_TOKENS"
        assert_problem(
            await stage.client.get("/openapi.json"), problem("unauthorized", 401, "A token is needed", no_token)
        )

    async def open_to_this_machine(stage: Serving) -> None:
        assert (await stage.json("/openapi.json"))["security"] == [{"bearer": []}, {}]

    play(tmp_path / "guarded", guarded, DIALTRAIL_TOKENS=TOKENS)
    play(tmp_path / "open", open_to_this_machine)
