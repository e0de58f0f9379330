"""What each role is answered, held against the description of the API."""

from hashlib import sha256
from pathlib import Path

import jsonschema_rs

from adapters.minivoice_webhook import quarantined
from application.commands.quarantine import quarantine_delivery
from entrypoints.http.description import OPERATIONS, document
from tests.entrypoints.http.openapi.filled import THIRD, TWO_OPERATORS, fill
from tests.entrypoints.serving import (
    AUDITOR,
    OPERATOR,
    TOKENS,
    VIEWER,
    Serving,
    play,
)

NOT_FOR_VIEWERS = frozenset(
    {"/v1/views/compare", "/v1/decisions/compare", "/v1/campaigns/{id}/history", "/v1/tokens"}
) | {"/v1/attempts/{id}/verdict"}


CONCRETE = {
    "/v1/campaigns/{id}": "/v1/campaigns/spring_followup",
    "/v1/campaigns/{id}/recipients": "/v1/campaigns/spring_followup/recipients",
    "/v1/campaigns/{id}/recipients/{number}": "/v1/campaigns/spring_followup/recipients/{}",
    "/v1/campaigns/{id}/recipients/{number}/explain": "/v1/campaigns/spring_followup/recipients/{}/explain",
    "/v1/people/{number}": "/v1/people/{}",
    "/v1/search": "/v1/search?q={}",
    "/v1/campaigns/{id}/preflight": "/v1/campaigns/spring_followup/preflight",
    "/v1/campaigns/{id}/history": "/v1/campaigns/spring_followup/history",
    "/v1/campaigns/{id}/agents": "/v1/campaigns/spring_followup/agents",
    "/v1/campaigns/{id}/callers": "/v1/campaigns/spring_followup/callers",
    "/v1/campaigns/{id}/changes": "/v1/campaigns/careful/changes",
    "/v1/campaigns/{id}/refusals": "/v1/campaigns/spring_followup/refusals",
    "/v1/campaigns/{id}/standing": "/v1/campaigns/spring_followup/standing",
    "/v1/campaigns/{id}/recipient-hours": "/v1/campaigns/spring_followup/recipient-hours",
    "/v1/subscriptions/{id}": "/v1/subscriptions/crm",
    "/v1/subscriptions/{id}/tries": "/v1/subscriptions/crm/tries",
    "/v1/calls/{id}": "/v1/calls/call_1",
    "/v1/attempts/{id}/verdict": "/v1/attempts/att_call_1/verdict",
    "/v1/calls/{id}/story": "/v1/calls/call_1/story",
    "/v1/calls/{id}/timeline": "/v1/calls/call_1/timeline",
    "/v1/calls/{id}/events": "/v1/calls/call_1/events",
    "/v1/campaigns/{id}/scripts": "/v1/campaigns/worded/scripts",
    "/v1/campaigns/{id}/scripts/{version}": "/v1/campaigns/worded/scripts/1",
    "/v1/campaigns/{id}/scripts/{version}/compare/{other}": "/v1/campaigns/worded/scripts/1/compare/1",
    "/v1/campaigns/{id}/scripts/{version}/steps": "/v1/campaigns/worded/scripts/1/steps",
    "/v1/calls/{id}/deliveries": "/v1/calls/call_1/deliveries",
    "/v1/quarantine/{digest}": f"/v1/quarantine/{sha256(b'{').hexdigest()}",
    "/v1/calls/{id}/compare/{other}": "/v1/calls/call_1/compare/call_1",
}


def test_what_each_role_reads_is_as_the_description_says(tmp_path: Path) -> None:
    whole = document(needs_token=True)

    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await fill(stage)
        await stage.do(quarantine_delivery(quarantined(b"{", {}, "body: is not JSON")))
        for operation in OPERATIONS:
            if operation.method != "GET" or operation.media_type != "application/json":
                continue
            schema = whole["paths"][operation.path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
            validator = jsonschema_rs.Draft202012Validator({**schema, "components": whole["components"]})
            for headers in (VIEWER, AUDITOR, OPERATOR)[operation.path in NOT_FOR_VIEWERS :]:
                answer = await stage.json(
                    CONCRETE.get(operation.path, operation.path).format(stage.known_as(THIRD)), headers
                )
                faults = [f"{operation.path}: {error.message}" for error in validator.iter_errors(answer)]
                assert faults == []

    play(tmp_path, scene, DIALTRAIL_TOKENS=TWO_OPERATORS)


def test_without_a_token_each_guarded_route_says_so_and_does_nothing(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        for operation in OPERATIONS:
            answer = await stage.client.request(operation.method, operation.path.replace("{", "").replace("}", ""))
            is_refused = answer.status_code == 401
            assert is_refused == operation.is_guarded, operation.path
        assert stage.feed() == []

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)
