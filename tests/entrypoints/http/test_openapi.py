"""The description of the API, held against the routes that there are and, by generated requests, against what they answer."""

import asyncio
import os
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from adapters.ledger.transaction import Transaction
from adapters.minivoice_webhook import quarantined
from application.commands.calls import record_insights
from application.commands.quarantine import quarantine_delivery
from domain import account
from domain.account import UsageObserved
from domain.call import InsightFetched, InsightTry
from domain.dial_outcome import Refused, Unresolved
from domain.identity import account_stream
from entrypoints.http import limits
from entrypoints.http.description import OPERATIONS, document
from entrypoints.http.webhooks import WEBHOOK_PATH
from tests.entrypoints.serving import (
    AUDITOR,
    FINGERPRINT,
    FROM,
    NOON,
    OPERATOR,
    OTHER,
    TO,
    TOKENS,
    VIEWER,
    Serving,
    assert_problem,
    on_a_socket,
    payload,
    play,
    problem,
)
from tests.examples import examples

ROOT = Path(__file__).parents[3]
THIRD = "+15551230004"
TWO_OPERATORS = f"{TOKENS},otto:operator:second-command-token"
STREAM = "/v1/stream"
EXAMPLES_WHOLE = 20
EXAMPLES = examples(EXAMPLES_WHOLE, least=5)
# The cases of every parameter's edges are thousands, whatever the number of examples: they belong to the whole.
PHASES = "coverage,fuzzing,stateful" if EXAMPLES >= EXAMPLES_WHOLE else "fuzzing,stateful"
SECONDS_MAX = 100 + 20 * EXAMPLES
NOT_FOR_VIEWERS = frozenset({"/v1/views/compare", "/v1/decisions/compare", "/v1/campaigns/{id}/history"})


async def fill(stage: Serving) -> None:
    """Campaigns, recipients, and calls in all their states."""
    await stage.campaign(TO, OTHER, THIRD)
    await stage.campaign(TO, campaign_id="autumn", start=False)
    await _ask_for_changes(stage)
    await stage.dial(TO, "call_1")
    for event, seconds, data in (
        ("call.answered", 3, {}),
        ("call.gathered", 5, {"digits": "31"}),
        ("call.completed", 9, {}),
        ("call.sneezed", 10, {}),
    ):
        await stage.deliver(payload(event, seconds=seconds, data=data))
    await stage.deliver(payload("call.failed", seconds=None))
    tried = InsightTry(at=stage.clock.now, result="missing", status=404, code="ai_score_not_found")
    insights = (
        InsightFetched(kind="transcription", result="completed", body='{"data":{"full_text":"Hello."}}'),
        InsightFetched(kind="topics", result="completed", body='{"count":0,"data":[]}'),
        InsightFetched(kind="score", result="gave_up", body="{}", asked=(tried,)),
        InsightFetched(kind="summary", result="failed", why="HTTP 500"),
    )
    await stage.do(record_insights("call_1", insights))
    await stage.deliver(payload("call.answered", "id/with slash", to="+15551230077"))
    lost = Unresolved(why="no answer", status=None, body=None)
    await stage.settle(await stage.start(OTHER, "att_unresolved"), lost)
    await stage.deliver(payload("call.created", "call_3", 1, to=OTHER))
    refused = Refused(status=400, code="invalid_request", body="{}", concerns="recipient", counts=False)
    await stage.settle(await stage.start(THIRD, "att_refused"), refused)
    await stage.do(_tell_of_the_account)
    script = {"start": "hello", "steps": {"hello": {"actions": [{"say": "Hello."}], "end": True}}}
    worded = await stage.client.post("/v1/campaigns", json={"id": "worded", "from": FROM, "script": script})
    assert worded.status_code == 201, worded.text


async def _ask_for_changes(stage: Serving) -> None:
    """A start and a revision that wait for a second person, and a start whose place was taken."""
    careful = {"id": "careful", "from": FROM, "policy": {"needs_approval": True}}
    assert (await stage.client.post("/v1/campaigns", json=careful)).status_code == 201
    revision = {"record": True, "reason": "asked to"}
    for verb, body in (("start", {}), ("start", {"canary": 1}), ("revise", revision)):
        assert (await stage.client.post(f"/v1/campaigns/careful/{verb}", json=body)).status_code == 202


def _tell_of_the_account(tx: Transaction) -> None:
    """A pause, a hold, a limit and the usage."""
    known = tx.account(FINGERPRINT)
    said: dict[str, Any] = {"code": "rate_not_found", "body": "{}"}
    usage = UsageObserved(
        window_from=NOON,
        window_to=NOON,
        calls=1,
        billsec_seconds=2,
        cost_amount="0.10",
        cost_currency="EUR",
        body="{}",
    )
    events = [
        *account.hold_number(known, "+4930123456", **said),
        *account.learn(known, "calls_per_second", 4.5),
        *account.observe_usage(known, usage),
        *account.pause(known, "provider", status=402, code="insufficient_balance", body="{}"),
    ]
    tx.append(account_stream(FINGERPRINT), events)


def test_every_route_is_described_and_nothing_else_is(tmp_path: Path) -> None:
    served = {("POST", WEBHOOK_PATH)}

    async def scene(stage: Serving) -> None:
        router = stage.parts.app._guarded._app
        assert isinstance(router, Starlette)
        for route in router.routes:
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
            assert media_type.startswith("text/") or all("$ref" in one for one in schema.get("anyOf", [schema]))
    tags = {tag for methods in whole["paths"].values() for described in methods.values() for tag in described["tags"]}
    assert tags == {tag["name"] for tag in whole["tags"]}


def test_what_generators_of_clients_trip_over_is_nowhere() -> None:
    def constants(value: Any) -> list[Any]:
        if isinstance(value, dict):
            own = [value["const"]] if "const" in value else []
            return own + [one for part in value.values() for one in constants(part)]
        return [one for part in value for one in constants(part)] if isinstance(value, list) else []

    assert [one for one in constants(document(needs_token=True)) if isinstance(one, bool)] == []


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


@pytest.mark.no_cover  # many times the same
@pytest.mark.timeout(SECONDS_MAX + 60)
def test_what_the_server_answers_to_generated_requests_is_what_the_description_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WRONG_TOKENS_BURST", 1_000_000)  # each of them shall be told that it is wrong

    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await fill(stage)
        async with on_a_socket(stage):
            description = tmp_path / "openapi.json"
            description.write_text((await stage.client.get("/openapi.json", headers=OPERATOR)).text)
            command = [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file"),
                *("tests/entrypoints/http/openapi/schemathesis.toml", "run", str(description)),
                *("--url", str(stage.client.base_url)),
                *("--max-examples", str(EXAMPLES), "--phases", PHASES, "--checks", "all"),
                *("--header", f"Authorization: {OPERATOR['authorization']}"),
                # It has no end, and what it says is not one document: tests/entrypoints/http/routes/test_stream.py is about it.
                *("--exclude-path", STREAM),
            ]
            environ = {
                "PATH": os.environ["PATH"],  # noqa: TID251 - the child's environment
                "HOME": str(tmp_path),
                "LEDGERS_POSITION": str(stage.ledger.position),
                "NOW": stage.clock.now.isoformat(),
            }
            done = await asyncio.to_thread(
                subprocess.run,
                command,
                cwd=ROOT,
                env=environ,
                capture_output=True,
                text=True,
                check=False,
                timeout=SECONDS_MAX,
            )
        assert done.returncode == 0, done.stdout + done.stderr
        tested = re.search(r"(\d+) selected / (\d+) total", done.stdout)
        assert tested, done.stdout
        assert [int(count) for count in tested.groups()] == [len(OPERATIONS) - 1, len(OPERATIONS)]

    play(tmp_path / "data", scene, DIALTRAIL_TOKENS=TWO_OPERATORS, DIALTRAIL_API_REQUESTS_PER_SECOND="0")


def test_what_each_role_reads_is_as_the_description_says(tmp_path: Path) -> None:
    concrete = {
        "/v1/campaigns/{id}": "/v1/campaigns/spring_followup",
        "/v1/campaigns/{id}/recipients": "/v1/campaigns/spring_followup/recipients",
        "/v1/campaigns/{id}/recipients/{number}": "/v1/campaigns/spring_followup/recipients/{}",
        "/v1/campaigns/{id}/recipients/{number}/explain": "/v1/campaigns/spring_followup/recipients/{}/explain",
        "/v1/campaigns/{id}/preflight": "/v1/campaigns/spring_followup/preflight",
        "/v1/campaigns/{id}/history": "/v1/campaigns/spring_followup/history",
        "/v1/campaigns/{id}/changes": "/v1/campaigns/careful/changes",
        "/v1/campaigns/{id}/refusals": "/v1/campaigns/spring_followup/refusals",
        "/v1/campaigns/{id}/standing": "/v1/campaigns/spring_followup/standing",
        "/v1/calls/{id}": "/v1/calls/call_1",
        "/v1/calls/{id}/timeline": "/v1/calls/call_1/timeline",
        "/v1/calls/{id}/events": "/v1/calls/call_1/events",
        "/v1/campaigns/{id}/scripts": "/v1/campaigns/worded/scripts",
        "/v1/campaigns/{id}/scripts/{version}": "/v1/campaigns/worded/scripts/1",
        "/v1/campaigns/{id}/scripts/{version}/compare/{other}": "/v1/campaigns/worded/scripts/1/compare/1",
        "/v1/calls/{id}/deliveries": "/v1/calls/call_1/deliveries",
        "/v1/quarantine/{digest}": f"/v1/quarantine/{sha256(b'{').hexdigest()}",
        "/v1/calls/{id}/compare/{other}": "/v1/calls/call_1/compare/call_1",
    }
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
                    concrete.get(operation.path, operation.path).format(stage.known_as(THIRD)), headers
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
