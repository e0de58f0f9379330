"""The people of a world: they make a campaign over the API, change their minds, and clear up what waits for them.

Real: the API that they speak to. Model: the people.
"""

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from tests.simulation.loop import VirtualLoop
from tests.simulation.plan import CALLER, Act, Plan
from tests.simulation.process import HOST, PORT, TOKEN
from tests.simulation.talk import Asked, ask
from tests.simulation.wires import Network

CAMPAIGN = "spring"
ANSWER_SECONDS_MAX = 30.0
TRIES_MAX = 200
AGAIN_SECONDS = 5.0
ENDS = ("call.completed", "call.failed", "call.canceled")
FEED_PAGE = 1_000
NOT_NOW = (503, 429)
AGENTS_LIFE_SECONDS, AGENTS_TOLD_IN_A_LIFE = 7_200, 4
NO_CONSENT_OF = 5
CONSENT_FOR = timedelta(minutes=3)


class Refused(Exception):
    """The API said no, with its words."""


class People:
    """They ask until they are answered."""

    def __init__(self, plan: Plan, loop: VirtualLoop, network: Network) -> None:
        self._plan, self._loop, self._network = plan, loop, network
        self.refused: list[str] = []
        self._telling: asyncio.Task[None] | None = None

    async def ask(self, method: str, path: str, given: Mapping[str, Any] | None = None) -> Any:
        """One request, again where it came to nothing. Raises `Refused`."""
        body = b"" if given is None else json.dumps(given).encode()
        headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
        for _ in range(TRIES_MAX):
            answered = await ask(self._network, (HOST, PORT), Asked(method, path, headers, body), ANSWER_SECONDS_MAX)
            if answered is not None and answered.status not in NOT_NOW:
                if answered.status >= 400:
                    raise Refused(f"{method} {path}: {answered.status} {answered.body.decode()}")
                return json.loads(answered.body or b"null")
            await self.sleep(AGAIN_SECONDS)
        raise Refused(f"{method} {path}: nobody answered")

    async def sleep(self, seconds: float) -> None:
        """They are on time."""
        woken: asyncio.Future[None] = self._loop.create_future()
        self._loop.exactly_in(seconds, lambda: None if woken.done() else woken.set_result(None))
        await woken

    async def begin(self, subscriber_url: str, secret: str) -> None:
        """Create, enrol, subscribe, start."""
        plan = self._plan
        campaign = {"id": CAMPAIGN, "from": CALLER, "limits": dict(plan.limits), "policy": dict(plan.policy)}
        if plan.agents_free is not None:
            campaign["agents"] = {"life_seconds": AGENTS_LIFE_SECONDS}
        if plan.script is not None:
            campaign["script"] = dict(plan.script)
        await self._once("POST", "/v1/campaigns", campaign)
        rows = [{"line": line, "number": number, "zone": zone} for line, (number, zone) in enumerate(plan.people, 2)]
        await self._once("POST", f"/v1/campaigns/{CAMPAIGN}/recipients", {"import": "file", "recipients": rows})
        subscription = {
            "id": "crm",
            "url": subscriber_url,
            "secret": secret,
            "events": ["outcome.changed", *ENDS],
        }
        await self._once("POST", "/v1/subscriptions", subscription)
        await self._consent()
        if plan.agents_free is not None:
            self._telling = self._loop.create_task(self._tell_agents(plan.agents_free))
        start = {} if plan.canary is None else {"canary": plan.canary}
        await self._once("POST", f"/v1/campaigns/{CAMPAIGN}/start", start)

    async def _consent(self) -> None:
        """Where it is required most agree, some of them for a while, and one in `NO_CONSENT_OF` never did."""
        if not (self._plan.policy.get("consent") or {}).get("required"):
            return
        for nth, (number, _) in enumerate(self._plan.people):
            given = {"number": number, "purpose": CAMPAIGN, "basis": "spoken", "source": "a list"}
            given["given_at"] = (self._plan.began - timedelta(days=1)).isoformat()
            if nth % NO_CONSENT_OF == 1:
                given["until"] = (self._plan.began + CONSENT_FOR).isoformat()
            if nth % NO_CONSENT_OF != NO_CONSENT_OF - 1:
                await self._once("POST", "/v1/consents", given)

    async def _tell_agents(self, free: int) -> None:
        every = AGENTS_LIFE_SECONDS / AGENTS_TOLD_IN_A_LIFE
        for _ in range(int(self._plan.seconds / every) + 1):
            await self._once("PUT", f"/v1/campaigns/{CAMPAIGN}/agents", {"free": free})
            await self.sleep(every)

    async def act(self, act: Act) -> None:
        """One of them does something, which may be too late by now."""
        number, _ = self._plan.people[int(act.value * len(self._plan.people))]
        path = f"/v1/campaigns/{CAMPAIGN}"
        if act.what == "suppress":
            await self._once("POST", "/v1/suppressions", {"number": number})
        elif act.what == "revoke":
            await self._once("POST", "/v1/consents/revoke", {"number": number})
        elif act.what == "decline":
            await self._once("PUT", f"{path}/recipients/{quote(number)}/declined", {})
        elif act.what == "revise":
            await self._once("POST", f"{path}/revise", {"reason": "other rules", "policy": {"attempts_max": 2}})
        elif act.what == "cancel" and act.value < 0.8:
            return
        else:
            await self._once("POST", f"{path}/{act.what}", {})
            if act.what == "pause":
                await self.sleep(60 + act.value * 3_000)
                await self._once("POST", f"{path}/resume", {})

    async def resume(self) -> None:
        """Somebody has looked at what stands still, and lets it go on."""
        await self._once("POST", f"/v1/campaigns/{CAMPAIGN}/resume", {})

    async def feed(self) -> list[dict[str, Any]]:
        """The ledger, as `GET /v1/events` gives it."""
        found: list[dict[str, Any]] = []
        while True:
            after = found[-1]["position"] if found else 0
            page = await self.ask("GET", f"/v1/events?after={after}&limit={FEED_PAGE}")
            found += page["items"]
            if len(page["items"]) < FEED_PAGE:
                return found

    async def recipients(self, as_of: int | None = None) -> list[dict[str, Any]]:
        """All of the campaign, now or as of a position."""
        then = "" if as_of is None else f"&as_of={as_of}"
        page = await self.ask("GET", f"/v1/campaigns/{CAMPAIGN}/recipients?limit=1000{then}")
        items: list[dict[str, Any]] = page["items"]
        return items

    async def recipient(self, number: str) -> dict[str, Any]:
        """One of them, folded."""
        found: dict[str, Any] = await self.ask("GET", f"/v1/campaigns/{CAMPAIGN}/recipients/{quote(number)}")
        return found

    async def _once(self, method: str, path: str, given: Mapping[str, Any]) -> None:
        try:
            await self.ask(method, path, given)
        except Refused as refused:
            self.refused.append(str(refused))
