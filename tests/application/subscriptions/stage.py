"""A ledger with an outbox, a subscriber on loopback that keeps what it is told, and a clock that the test moves."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from standardwebhooks.webhooks import Webhook

from adapters.ledger import Ledger
from adapters.outbox import Outbox
from adapters.outgoing import OutgoingClient, Resolve
from adapters.recipient_file import RecipientRow
from application.commands import campaigns, recipients
from application.subscriptions.asking import Asking
from application.subscriptions.service import Subscriptions
from domain.subscription import Wanted
from entrypoints.http.told import write_body
from tests.adapters.ledger.stage import BY, PLAN, Clock, do, open_ledger
from tests.application.commands.starting import start_campaign

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HERE = (ip_network("127.0.0.1/32"),)
WAIT_SECONDS_MAX = 60.0
Answers = Callable[["Told"], int]


class Told:
    """One delivery that came: its headers, and its body as bytes and as JSON."""

    def __init__(self, headers: Mapping[str, str], body: bytes) -> None:
        self.headers = headers
        self.body = body
        self.said: dict[str, Any] = json.loads(body)

    @property
    def id(self) -> str:
        """The delivery's id."""
        return self.headers["webhook-id"]

    @property
    def position(self) -> int:
        """The position of what it is about."""
        return int(self.said["data"]["position"])


class Subscriber:
    """Verifies nothing by itself; answers as the test says, by default 204."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.came: list[Told] = []
        self.taken: list[Told] = []
        self.port = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                pairs = [line.split(": ", 1) for line in head.split("\r\n")[1:] if line]
                headers = {name.lower(): value for name, value in pairs}
                told = Told(headers, await reader.readexactly(int(headers["content-length"])))
                self.came.append(told)
                status = self.answers(told)
                if status < 0:
                    await asyncio.Event().wait()
                if 200 <= status < 300:
                    self.taken.append(told)
                body = b"" if status == 204 else b"no"
                writer.write(f"HTTP/1.1 {status} Whatever\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def subscriber(answers: Answers = lambda _: 204) -> AsyncIterator[Subscriber]:
    """One that listens."""
    one = Subscriber(answers)
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        server.close()


class Stage:
    """The service on a ledger; `running` begins it, as often as wished."""

    def __init__(self, folder: Path, clock: Clock | None = None, resolve: Resolve | None = None) -> None:
        self.folder = folder
        self.clock = clock or Clock()
        self.ledger: Ledger = open_ledger(folder, self.clock)
        self._resolve = resolve
        self.chance = 0.5

    def enrol(self, *numbers: str, campaign_id: str = "spring") -> None:
        """People in a campaign that runs; made if there is none."""
        do(self.ledger, campaigns.create_campaign(campaign_id, PLAN))
        rows = [
            (self.ledger.recipient_stream(one), RecipientRow(line, one, None, {}))
            for line, one in enumerate(numbers, 2)
        ]
        do(self.ledger, recipients.enroll_recipients(campaign_id, "i", rows))
        do(self.ledger, start_campaign(campaign_id))

    def suppress(self, number: str) -> None:
        """Nobody calls them any more."""
        stream = self.ledger.recipient_stream(number)
        do(self.ledger, recipients.suppress_recipient(stream, number, "operator", "asked", None))

    def release(self, number: str) -> None:
        """They may be called again."""
        do(self.ledger, recipients.release_recipient(self.ledger.recipient_stream(number), number))

    @asynccontextmanager
    async def running(self, *, allowed: bool = True) -> AsyncIterator["Running"]:
        """A process that serves subscriptions; what it leaves is in the ledger and in the outbox."""
        client = OutgoingClient(HERE if allowed else (), resolve=self._resolve)
        service = Subscriptions(
            self.ledger,
            Outbox(self.folder),
            client,
            write_body,
            None,
            clock=self.clock,
            chance=lambda: self.chance,
        )
        serving = asyncio.create_task(service.run())
        try:
            yield Running(self, service)
        finally:
            await service.stop()
            await serving
            await service.aclose()


class Running:
    """A service that runs, and what is asked of it."""

    def __init__(self, stage: Stage, service: Subscriptions) -> None:
        self.stage = stage
        self.service = service
        self.asking = Asking(stage.ledger, service, lambda count: bytes(range(count)), stage.clock)

    async def subscribe(self, url: str, name: str = "crm", **wanted: Any) -> None:
        """With the secret `SECRET`."""
        await self.asking.put(name, Wanted(url=url, **wanted), SECRET, BY)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until it is so."""
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            while not holds():  # noqa: ASYNC110 - what it waits for tells nobody
                await asyncio.sleep(0.005)

    async def until_idle(self, name: str = "crm") -> None:
        """Wait until a subscription has come to the ledger's end, and that is written."""
        await self.until(lambda: self._is_idle(name))

    def _is_idle(self, name: str) -> bool:
        place = self.service.outbox.place(name)
        return place is not None and place.position == self.stage.ledger.position


def verified(told: Told, secret: str = SECRET, signature: str | None = None) -> bool:
    """Whether the signature, or one of several, holds, whatever the time."""
    webhook = Webhook(secret)
    at = datetime.fromtimestamp(int(told.headers["webhook-timestamp"]), UTC)
    return webhook.sign(told.id, at, told.body.decode()) == (signature or told.headers["webhook-signature"])
