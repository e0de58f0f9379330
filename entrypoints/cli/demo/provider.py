"""The sandbox's own routes: what it says of itself for the proof, and the trouble that the demo asks it for."""

import asyncio
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import httpx

from entrypoints.cli.api import Json
from entrypoints.cli.demo.scene import API_KEY, SOMEBODY_ELSE
from entrypoints.cli.failure import CommandFailed

TIMEOUT_SECONDS = 30.0
ENDED = {"completed", "failed", "canceled"}
PLACE_TRIES_MAX, PLACE_AGAIN_SECONDS = 20, 0.1


class Provider:
    """One running sandbox."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def change(self, **settings: object) -> None:
        """Change its settings, named like its options with `_`."""
        await self._ask("PATCH", "/_sandbox/settings", settings)

    async def add_balance(self, amount: Decimal) -> None:
        await self._ask("POST", "/_sandbox/balance", {"add": str(amount)})

    async def place_for_somebody_else(self, from_number: str, to_number: str) -> str:
        """A call of another client with the same key, which Dialtrail knows nothing of; its id."""
        body = {"from": from_number, "to": to_number, "metadata": SOMEBODY_ELSE}
        said = ""
        for _ in range(PLACE_TRIES_MAX):
            response = await self._client.post("/v1/calls", json=body, headers={"authorization": f"Bearer {API_KEY}"})
            if response.is_success:
                return str(response.json()["id"])
            said = response.text
            await asyncio.sleep(PLACE_AGAIN_SECONDS)
        raise CommandFailed(f"the sandbox does not place a second call to {to_number}: {said}")

    async def dropped(self) -> int:
        """How many webhooks it dropped for good."""
        return int((await self._ask("GET", "/_sandbox/summary"))["deliveries"]["dropped"])

    async def is_quiet(self) -> bool:
        """Whether no call is under way and no webhook waits."""
        summary = await self._ask("GET", "/_sandbox/summary")
        live = sum(count for state, count in summary["calls"].items() if state not in ENDED)
        return bool(live == 0 and summary["deliveries"]["pending"] == 0)

    async def arrived(self) -> int:
        """How many dial requests it has seen."""
        return len(posts(await self.lines("arrived")))

    async def on_the_wire(self) -> list[Json]:
        """The lines of the dial requests that have arrived and have no answer yet, the latest last."""
        settled = {one["number"] for one in await self.lines("request")}
        return [one for one in posts(await self.lines("arrived")) if one["number"] not in settled]

    async def lines(self, kind: str) -> list[Json]:
        return list(await self._ask("GET", f"/_sandbox/log?kind={kind}"))

    async def calls(self) -> list[Json]:
        return list(await self._ask("GET", "/_sandbox/calls"))

    async def _ask(self, method: str, path: str, body: Json | None = None) -> Any:
        try:
            response = await self._client.request(method, path, json=body)
            response.raise_for_status()
            return response.json()
        except httpx.HTTPError as error:
            raise CommandFailed(f"the sandbox did not answer {path} ({error}); its log is shown above") from error


def posts(lines: Iterable[Json]) -> list[Json]:
    """The dial requests of Dialtrail among the log's lines; one that a kill cut off in the middle has no body."""
    return [
        one
        for one in lines
        if (one["method"], one["path"]) == ("POST", "/v1/calls")
        and one["request_body"] is not None
        and one["request_body"]["metadata"] != SOMEBODY_ELSE
    ]
