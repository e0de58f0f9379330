"""What the sandbox says of itself, for the demo's proof."""

from typing import Any

import httpx

from entrypoints.cli.api import Json
from entrypoints.cli.failure import CommandFailed

TIMEOUT_SECONDS = 30.0
ENDED = {"completed", "failed", "canceled"}


class Provider:
    """The sandbox's own routes."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def send_webhooks_to(self, url: str) -> None:
        await self._ask("PATCH", "/_sandbox/settings", {"webhook_url": url})

    async def is_quiet(self) -> bool:
        """Whether no call is under way and no webhook waits."""
        summary = await self._ask("GET", "/_sandbox/summary")
        live = sum(count for state, count in summary["calls"].items() if state not in ENDED)
        return bool(live == 0 and summary["deliveries"]["pending"] == 0)

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
