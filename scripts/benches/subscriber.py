"""The subscriber of the bench of subscriptions, and the floor: a plain client that posts to it.

python subscriber.py receive | post BODY SECONDS
"""

import asyncio
import base64
import secrets
import sys
import time
from datetime import UTC, datetime

import httpx
import orjson
import uvloop
from standardwebhooks.webhooks import Webhook

RECEIVER = "http://127.0.0.1:18473"
SLOW_SECONDS = 5.0
AT_ONCE = 8


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)  # noqa: TID251 - time comes in here


class Receiver:
    """Answers 204, to /slow after some seconds, and keeps when each delivery to another address came."""

    def __init__(self) -> None:
        self.lags: list[float] = []
        self.sample = b"{}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                lines = head.split(b"\r\n")
                length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
                body = await reader.readexactly(length)
                writer.write(await self._answer(head, body))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _answer(self, head: bytes, body: bytes) -> bytes:
        if head.startswith(b"get /figures"):
            told = orjson.dumps({"lags": self.lags, "sample": self.sample.decode()})
            self.lags = []
            return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(told) + told
        if head.startswith(b"post /slow"):
            await asyncio.sleep(SLOW_SECONDS)
        elif body:
            self.sample = body
            _, _, after = body.partition(b'"timestamp":"')
            recorded_at = datetime.fromisoformat(after[: after.index(b'"')].decode())
            self.lags.append((utc_now() - recorded_at).total_seconds())
        return b"HTTP/1.1 204 No Content\r\n\r\n"


async def receive() -> None:
    """The receiver, until it is killed."""
    port = int(RECEIVER.rpartition(":")[2])
    async with await asyncio.start_server(Receiver().serve, "127.0.0.1", port) as server:
        await server.serve_forever()


async def post(body: bytes, seconds: float) -> None:
    """The floor: a plain client that signs and posts, a few at once; prints how many a second, and what each cost."""
    webhook, count = Webhook(base64.b64encode(bytes(32)).decode()), 0
    until, began = time.monotonic() + seconds, time.process_time()
    async with httpx.AsyncClient(trust_env=False) as client:

        async def one() -> None:
            nonlocal count
            while time.monotonic() < until:
                name, now = secrets.token_hex(16), utc_now()
                signed = {"webhook-id": name, "webhook-timestamp": str(int(now.timestamp()))}
                headers = {**signed, "webhook-signature": webhook.sign(name, now, body.decode())}
                (await client.post(f"{RECEIVER}/floor", content=body, headers=headers)).raise_for_status()
                count += 1

        await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    print(
        orjson.dumps(
            {"a second": count / seconds, "us of the processor for each": 1e6 * (time.process_time() - began) / count}
        ).decode()
    )


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(receive() if sys.argv[1] == "receive" else post(sys.argv[2].encode(), float(sys.argv[3])))
