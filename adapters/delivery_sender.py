"""Deliveries sent once more to a receiver, signed anew, one after the other, as the provider would again."""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

import httpx
from msgspec import Struct

from adapters.capture_file import Captured

SEND_TIMEOUT_SECONDS = 10.0
NEVER_RESENT = frozenset({"x-minivoice-signature", "x-minivoice-timestamp", "content-length", "host"})


class Sent(Struct, frozen=True):
    """The receiver's answer to one delivery, and how long it took."""

    status: int
    ms: float

    @property
    def is_accepted(self) -> bool:
        """Whether the provider would not send it again."""
        return 200 <= self.status < 300


class ReceiverUnreachable(Exception):
    """The receiver did not answer; `sent` are the answers to those before."""

    def __init__(self, reason: str, sent: list[Sent]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent


def send(
    deliveries: Iterable[Captured],
    url: str,
    secret: str | None,
    clock: Callable[[], datetime],
    monotonic: Callable[[], float],
) -> list[Sent]:
    """Send them; without a secret they bear no signature. Raises `ReceiverUnreachable` at the first that nobody answers."""
    sent: list[Sent] = []
    with httpx.Client(timeout=SEND_TIMEOUT_SECONDS, trust_env=False, follow_redirects=False) as client:
        for one in deliveries:
            headers = {"content-type": "application/json", **dict(_kept(one.headers))}
            if secret is not None:
                headers |= signature(secret, str(int(clock().timestamp())), one.body)
            began = monotonic()
            try:
                answer = client.post(url, content=one.body, headers=headers)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise ReceiverUnreachable(type(error).__name__, sent) from error
            sent.append(Sent(answer.status_code, round((monotonic() - began) * 1000, 1)))
    return sent


def signature(secret: str, timestamp: str, body: bytes) -> dict[str, str]:
    """The provider's two headers."""
    made = hmac.digest(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hex()
    return {"x-minivoice-timestamp": timestamp, "x-minivoice-signature": f"v1={made}"}


def _kept(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in headers.items() if name.lower() not in NEVER_RESENT)
