from decimal import Decimal

import pytest

from tests.entrypoints.sandbox.stage import FROM, TO, Stage, documented, play


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "invalid_json"),
        (b"\xff", "invalid_json"),
        (b"", "invalid_json"),
        (b'{"metadata":' + b"[" * 300 + b"]" * 300 + b"}", "invalid_json"),
        (b"[]", "invalid_request"),
        (b'{"to":"+15551230002"}', "invalid_request"),
        (b'{"from":"+15551230001"}', "invalid_request"),
        (b'{"from":"+15551230001","to":"0155123"}', "invalid_request"),
        (b'{"from":"+15551230001","to":15551230002}', "invalid_request"),
        (b'{"from":"+15551230001","to":"+15551230002","metadata":[]}', "invalid_request"),
        (b'{"from":"+15551230001","to":"+15551230002","record":"yes"}', "invalid_request"),
    ],
)
def test_a_wrong_body_is_refused(body: bytes, code: str) -> None:
    async def scene(stage: Stage) -> None:
        response = await stage.client.post("/v1/calls", content=body)
        error = response.json()["error"]
        assert (response.status_code, error["code"], sorted(error)) == (400, code, ["code", "message"])
        assert stage.sandbox.calls == []

    play(scene)


def test_unknown_fields_and_the_application_id_are_ignored() -> None:
    async def scene(stage: Stage) -> None:
        response = await stage.post(application_id="app_2", surprise=1)
        assert (response.status_code, response.json()["application_id"]) == (201, "app_1")

    play(scene, api_keys=("mv_live_sandbox", "other"))


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic mv_live_sandbox", "Bearer", "mv_live_sandbox"])
def test_a_wrong_key_is_unauthorized(authorization: str | None) -> None:
    async def scene(stage: Stage) -> None:
        del stage.client.headers["authorization"]
        headers = {"authorization": authorization} if authorization else {}
        for method, path in [("POST", "/v1/calls"), ("GET", "/v1/calls/x"), ("GET", "/v1/usage")]:
            response = await stage.client.request(method, path, headers=headers)
            assert (response.status_code, response.json()["error"]["code"]) == (401, "unauthorized")

    play(scene)


def test_revoked_keys_are_unauthorized_until_they_are_not() -> None:
    async def scene(stage: Stage) -> None:
        assert await stage.refused() == (401, "unauthorized")
        stage.sandbox.update(revoke_keys=False)
        assert (await stage.post()).status_code == 201

    play(scene, revoke_keys=True)


def test_routing_refusals() -> None:
    async def scene(stage: Stage) -> None:
        assert await stage.refused("+4420000000") == (400, "rate_not_found")
        assert (await stage.post()).status_code == 201
        stage.sandbox.update(no_active_trunk=True)
        assert await stage.refused() == (400, "no_active_trunk")

    play(scene, no_rate_prefixes=["+44", "+49"])


def test_money_refusals_are_as_documented() -> None:
    async def scene(stage: Stage) -> None:
        response = await stage.post()
        assert (response.status_code, response.json()) == (402, documented("error-insufficient-balance.json"))
        stage.sandbox.update(balance="10.00", spend_limit="0.04")
        response = await stage.post()
        assert (response.status_code, response.json()) == (403, documented("error-spend-control.json"))

    play(scene, balance="0.04")


def test_a_reserve_is_held_until_the_call_ends_and_then_the_cost_is_taken() -> None:
    async def scene(stage: Stage) -> None:
        assert (await stage.post()).status_code == 201
        assert await stage.refused() == (402, "insufficient_balance")
        await stage.ended()
        assert stage.sandbox.summary()["balance"] == "0.048"
        assert await stage.refused() == (402, "insufficient_balance")
        added = await stage.client.post("/_sandbox/balance", json={"add": "1.00"})
        assert added.json()["applications"][0]["balance"] == "1.048"
        assert (await stage.post()).status_code == 201

    play(scene, balance="0.06", cost_per_call="0.01", cost_per_second="0.002")


def test_calls_at_once_are_limited_until_one_ends() -> None:
    async def scene(stage: Stage) -> None:
        response = await stage.post()
        assert await stage.refused() == (429, "concurrent_call_limit_reached")
        assert stage.sandbox.hang_up(response.json()["id"])
        assert (await stage.post()).status_code == 201

    play(scene, calls_at_once=1, ring_seconds="60")


def test_each_key_has_its_own_limits_balance_and_calls() -> None:
    async def scene(stage: Stage) -> None:
        ours = await stage.post()
        assert await stage.refused() == (429, "concurrent_call_limit_reached")
        other = {"authorization": "Bearer other"}
        theirs = await stage.client.post("/v1/calls", json={"from": FROM, "to": TO}, headers=other)
        assert (theirs.status_code, theirs.json()["application_id"]) == (201, "app_2")
        found = await stage.client.get(f"/v1/calls/{ours.json()['id']}", headers=other)
        assert (found.status_code, found.json()["error"]["code"]) == (404, "call_not_found")
        assert [call.application.reserved for call in stage.sandbox.calls] == [Decimal("0.05"), Decimal("0.05")]

    play(scene, api_keys=("mv_live_sandbox", "other"), calls_at_once=1, ring_seconds="60")


def test_unknown_routes_answer_with_the_envelope() -> None:
    async def scene(stage: Stage) -> None:
        lost = await stage.client.get("/v2/calls")
        assert (lost.status_code, lost.json()["error"]["code"]) == (404, "not_found")
        wrong = await stage.client.delete("/v1/calls")
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "method_not_allowed")

    play(scene)


def test_a_body_beyond_the_limit_is_refused() -> None:
    async def scene(stage: Stage) -> None:
        response = await stage.client.post("/v1/calls", content=b" " * 1_048_577)
        assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_request")

    play(scene)
