"""What an acceptor has to tell at the end of its turn."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Raw

from adapters.minivoice_webhook import ReceivedReport
from application.own_delivery import OWN_DELIVERY
from entrypoints.acceptors.channel import Channel
from entrypoints.acceptors.messages import ID_BYTES_MAX, TURN, AcceptorTurn, ReadDelivery, encode, written
from entrypoints.acceptors.visitor import Visitor

FRAME_BYTES_MAX = 64 * 1024
"""Of what was read; with READ_BYTES_MAX instead of it, and all of a turn's visitors, it is less than a message may have."""
READ_BYTES_MAX = 96 * 1024
LEFT_A_MESSAGE_MAX = 80 * 1024 // ID_BYTES_MAX


class DeliveriesOut:
    """Gathers them into messages of at most FRAME_BYTES_MAX, or of one delivery of at most READ_BYTES_MAX."""

    def __init__(self, channel: Channel, clock: Callable[[], datetime]) -> None:
        self._channel = channel
        self._clock = clock
        self._read: list[ReadDelivery | Raw] = []
        self._read_bytes = 0
        self.joined: list[tuple[int, str]] = []
        self.left: list[int] = []
        self.is_due = True

    def add(self, visitor: Visitor, received: ReceivedReport, body: bytes) -> bool:
        """Have a delivery told of; False where it is too long for that."""
        try:
            encoded = encode(self._told(visitor, received, body))
        except (TypeError, ValueError):  # a text that is none: whoever has read it knows how to keep it
            return False
        if len(encoded) > READ_BYTES_MAX:
            return False
        if self._read and self._read_bytes + len(encoded) > FRAME_BYTES_MAX:
            self.send_turn()
        self._read.append(Raw(encoded))
        self._read_bytes += len(encoded)
        return True

    def _told(self, visitor: Visitor, received: ReceivedReport, body: bytes) -> ReadDelivery:
        return ReadDelivery(
            visitor.id,
            visitor.since,
            self._clock(),
            len(body),
            body == OWN_DELIVERY,
            visitor.head is not None and visitor.head.keep_alive,
            received.call_id,
            type(received.report).NAME,
            written(received),
        )

    def send_turn(self) -> None:
        """Tell what there is to tell, or only that it is alive where that is due."""
        if not (self._read or self.joined or self.left or self.is_due):
            return
        turn = AcceptorTurn(self.joined, self.left[:LEFT_A_MESSAGE_MAX], self._read)
        del self.left[:LEFT_A_MESSAGE_MAX]
        self.joined, self._read, self._read_bytes, self.is_due = [], [], 0, False
        self._channel.send(TURN, encode(turn))
