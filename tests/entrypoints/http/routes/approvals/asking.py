"""A campaign whose changes need a second person, and who asks for them."""

from collections.abc import Mapping
from typing import Any

import httpx
import jsonschema_rs

from entrypoints.http.description import document
from tests.entrypoints.serving import FROM, OPERATOR, TOKENS, Serving

TWO = {"DIALTRAIL_TOKENS": f"{TOKENS},otto:operator:second-command-token"}
OLGA, OTTO = OPERATOR, {"authorization": "Bearer second-command-token"}
PATH = "/v1/campaigns/spring_followup"
CAREFUL: Mapping[str, Any] = {"id": "spring_followup", "from": FROM, "policy": {"needs_approval": True}}
LOOK = "`dialtrail campaign changes spring_followup` shows what was asked for"


async def created(stage: Serving, *numbers: str, policy: Mapping[str, Any] | None = None) -> None:
    body = {**CAREFUL, "policy": {"needs_approval": True, **(policy or {})}}
    assert (await stage.client.post("/v1/campaigns", json=body, headers=OLGA)).status_code == 201
    if numbers:
        rows = {"recipients": [{"number": number} for number in numbers]}
        assert (await stage.client.post(f"{PATH}/recipients", json=rows, headers=OLGA)).status_code == 200


async def asked(stage: Serving, verb: str, who: Mapping[str, str], **body: Any) -> Any:
    answer = await stage.client.post(f"{PATH}/{verb}", json=body, headers=dict(who))
    assert answer.status_code == 202, answer.text
    assert_described(f"/v1/campaigns/{{id}}/{verb}", answer)
    return answer.json()


async def decided(stage: Serving, change_id: str, verb: str, who: Mapping[str, str], **body: Any) -> httpx.Response:
    return await stage.client.post(f"{PATH}/changes/{change_id}/{verb}", json=body, headers=dict(who))


async def state(stage: Serving) -> str:
    return str((await stage.json(PATH, OLGA))["state"])


def assert_described(path: str, answer: httpx.Response) -> None:
    """The answer is as the API's description says."""
    whole = document(needs_token=True)
    described = whole["paths"][path]["post"]["responses"][str(answer.status_code)]
    schema = described["content"]["application/json"]["schema"]
    validator = jsonschema_rs.Draft202012Validator({**schema, "components": whole["components"]})
    assert [error.message for error in validator.iter_errors(answer.json())] == []
