"""Each request is of a route that the API describes, and is typed by what that answers."""

import re
from collections.abc import Callable
from typing import Any, get_args, get_type_hints

import pytest

from dialtrail_client import ApiRequest, models, requests
from dialtrail_client.api_request import path_of
from entrypoints.http.description import document

CAMPAIGN, NUMBER = "spring", "+15551230002"
MADE: dict[Callable[..., ApiRequest[Any]], ApiRequest[Any]] = {
    requests.campaign: requests.campaign(CAMPAIGN),
    requests.create_campaign: requests.create_campaign({"id": CAMPAIGN, "from": "+15551230001"}),
    requests.start_campaign: requests.start_campaign(CAMPAIGN),
    requests.pause_campaign: requests.pause_campaign(CAMPAIGN),
    requests.resume_campaign: requests.resume_campaign(CAMPAIGN),
    requests.enrol: requests.enrol(CAMPAIGN, [{"number": NUMBER}]),
    requests.recipient: requests.recipient(CAMPAIGN, NUMBER),
    requests.set_callback: requests.set_callback(CAMPAIGN, NUMBER, {"at": "2026-06-01T12:00:00Z"}),
    requests.drop_callback: requests.drop_callback(CAMPAIGN, NUMBER),
    requests.suppress: requests.suppress({"number": NUMBER}),
    requests.release: requests.release(NUMBER),
    requests.outcomes: requests.outcomes("7", campaign=CAMPAIGN),
}
DESCRIBED = document(needs_token=True)["paths"]


def operation_of(request: ApiRequest[Any]) -> Any:
    """The one that describes it."""
    [found] = [
        operations[request.method.lower()]
        for path, operations in DESCRIBED.items()
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), request.path) and request.method.lower() in operations
    ]
    return found


def schemas_of(content: Any) -> set[str]:
    schema = content["content"]["application/json"]["schema"]
    return {one["$ref"].rpartition("/")[2] for one in schema.get("anyOf", [schema])}


def test_all_requests_are_here() -> None:
    offered = {
        one
        for one in vars(requests).values()
        if getattr(one, "__module__", None) == requests.__name__ and callable(one)
    }
    assert offered - {requests._campaign} == set(MADE)


@pytest.mark.parametrize("make", MADE, ids=lambda make: make.__name__)
def test_it_is_described_and_typed_by_what_is_answered(make: Callable[..., ApiRequest[Any]]) -> None:
    request = MADE[make]
    operation = operation_of(request)
    [answer] = get_args(get_type_hints(make)["return"])
    typed = {one.__name__ for one in get_args(answer) or (answer,)}
    answered = {
        name for status, one in operation["responses"].items() if status.startswith("2") for name in schemas_of(one)
    }

    # With a `preview`, and for many numbers at once, these two answer something else: the client does not ask for that.
    assert answered - typed <= {"EnrolmentForeseen", "ManySuppressed"}
    assert typed <= answered
    assert all(hasattr(models, name) for name in typed)
    assert request.query.keys() <= {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
    assert request.body is None or "requestBody" in operation


@pytest.mark.parametrize(
    ("segment", "path"), [("+1555", "/v1/%2B1555"), ("..", "/v1/%2E%2E"), ("a/b?c#d", "/v1/a%2Fb%3Fc%23d")]
)
def test_a_segment_stays_one(segment: str, path: str) -> None:
    assert path_of("v1", segment) == path
