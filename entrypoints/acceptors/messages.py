"""What an acceptor and the process that writes say to each other, as MessagePack: one message for all of a turn or a commit.

Both are of one version: the one starts the other from its own files.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Raw, Struct, msgpack

from adapters.minivoice_webhook import ReceivedReport
from domain.call import REPORTS, CallReported, ReportEvent

ORDERS: Final = b"O"
TURN: Final = b"T"
HANDED_ON: Final = b"H"
ANSWERS: Final = b"A"

ID_BYTES_MAX: Final = 9
SAID_BYTES_MAX: Final = 96 * 1024
SAID_BESIDE_BYTES_MAX: Final = 16
"""What each answer in words takes beside its words: the visitor, a length, and whether it is the last."""


class AcceptorOrders(Struct, frozen=True, array_like=True):
    """To an acceptor, first of all: begin, and know these. `unanswered` is written to whoever gets no answer from us."""

    secrets: list[str]
    tolerance_seconds: float
    urls: list[bytes]
    unanswered: bytes
    connections_max: int


class ReadDelivery(Struct, frozen=True, array_like=True):
    """A delivery that was believed and read. `began` is on the machine's monotonic clock, in seconds."""

    visitor: int
    began: float
    received_at: datetime
    body_bytes: int
    is_own: bool
    keep_alive: bool
    call_id: str
    name: str
    report: Raw


class AcceptorTurn(Struct, frozen=True, array_like=True):
    """From an acceptor: who came, with their addresses, who went, and what was delivered; empty, that it lives."""

    joined: list[tuple[int, str]] = []
    left: list[int] = []
    read: list[ReadDelivery | Raw] = []


class HandedOn(Struct, frozen=True, array_like=True):
    """From an acceptor, with the connection itself: what it has read of it since the last request, and has yet to write."""

    visitor: int
    unsent: bytes
    unread: bytes


class Answers(Struct, frozen=True, array_like=True):
    """To an acceptor: whose delivery is on disk; what to write to others, and whether that is the last; whom to let go.

    The last of all says that it is: accept nobody, answer what is owed, and end.
    """

    stored: list[int] = []
    said: list[tuple[int, bytes, bool]] = []
    dropped: list[int] = []
    is_last: bool = False


class _ReadTurn(Struct, frozen=True, array_like=True):
    joined: list[tuple[int, str]]
    left: list[int]
    read: list[ReadDelivery]


encode = msgpack.Encoder().encode
read_orders = msgpack.Decoder(AcceptorOrders).decode
read_turn = msgpack.Decoder(_ReadTurn).decode
read_handed_on = msgpack.Decoder(HandedOn).decode
read_answers = msgpack.Decoder(Answers).decode
_REPORTS: Mapping[str, msgpack.Decoder[ReportEvent]] = {
    kind.NAME: msgpack.Decoder(kind) for kind in (*REPORTS.values(), CallReported)
}


def first_said(said: Sequence[tuple[int, bytes, bool]]) -> list[tuple[int, bytes, bool]]:
    """The first of these answers in words, as many as one message has room for; at least one of them."""
    total = 0
    for place, (_, words, _) in enumerate(said):
        total += len(words) + SAID_BESIDE_BYTES_MAX
        if place and total > SAID_BYTES_MAX:
            return list(said[:place])
    return list(said)


def written(received: ReceivedReport) -> Raw:
    """A report as it travels."""
    return Raw(encode(received.report))


def report_in(read: ReadDelivery) -> ReceivedReport:
    """The report that travelled."""
    return ReceivedReport(read.call_id, _REPORTS[read.name].decode(read.report))
