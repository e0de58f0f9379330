"""Where the acts of the demo take place: both sides, the processes, and what the viewer sees meanwhile."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from msgspec import Struct

from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.demo.children import Children
from entrypoints.cli.demo.progress import Progress
from entrypoints.cli.demo.provider import Provider
from entrypoints.cli.demo.scene import CAMPAIGN_ID
from entrypoints.cli.failure import CommandFailed

POLL_SECONDS = 0.1
ACT_SECONDS_MAX = 120.0

Found = TypeVar("Found")


class Stage(Struct, frozen=True):
    """`api` is that of the running `dialtrail up`: a new one after each start."""

    api: Api
    provider: Provider
    children: Children
    progress: Progress

    async def until(
        self, what: str, look: Callable[[Json], Awaitable[Found | None]], *, seconds_max: float = ACT_SECONDS_MAX
    ) -> Found:
        """What `look` finds, given the campaign as it stands, as soon as it does."""
        deadline = time.monotonic() + seconds_max
        while True:
            self.children.check()
            campaign = await self.campaign()
            self.progress.show(campaign)
            if (found := await look(campaign)) is not None:
                return found
            if time.monotonic() > deadline:
                raise CommandFailed(
                    f"{what}: not within {seconds_max:g} seconds; "
                    f"the campaign is {campaign['state']}: {campaign['recipients']}"
                )
            await asyncio.sleep(POLL_SECONDS)

    def tell(self, text: str) -> None:
        """Tell the viewer."""
        self.progress.tell(text)

    async def campaign(self) -> Json:
        return await self.api.get(path_of("campaigns", CAMPAIGN_ID))

    async def recipients(self, status: str) -> list[Json]:
        return await self.api.all_items(path_of("campaigns", CAMPAIGN_ID, "recipients"), status=status)

    async def attempt(self, number: str, attempt_id: str) -> Json:
        """One attempt, from its recipient's history."""
        recipient = await self.api.get(path_of("campaigns", CAMPAIGN_ID, "recipients", number))
        return next(one for one in recipient["history"] if one["attempt_id"] == attempt_id)

    async def unresolved(self) -> list[Json]:
        """The unresolved attempts, with the calls that could be theirs."""
        return await self.api.all_items(path_of("attempts"), campaign=CAMPAIGN_ID)
