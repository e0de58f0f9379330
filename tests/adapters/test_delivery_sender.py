from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

import pytest

from adapters.capture_file import Captured
from adapters.delivery_sender import ReceiverUnreachable, Sent, send
from tests.entrypoints.cli.receiver import Receiver
from tests.projections.recording import at

NOW = datetime(2026, 5, 29, 12, 0, tzinfo=UTC)
OLD = {"X-MiniVoice-Signature": "v1=old", "X-MiniVoice-Timestamp": "1", "x-minivoice-other": "kept", "Host": "theirs"}
CAME = [Captured(received_at=at(nth), headers=OLD, body=b'{"nth": %d}' % nth) for nth in range(3)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver("ours") as running:
        yield running


def sent_to(url: str, secret: str | None) -> list[Sent]:
    ticks = count(0, 0.25)
    return send(CAME, url, secret, lambda: NOW, lambda: next(ticks))


def test_each_is_signed_with_the_time_of_now_and_keeps_its_other_headers(receiver: Receiver) -> None:
    assert sent_to(receiver.url, "ours") == [Sent(204, 250.0)] * 3

    assert receiver.taken == [one.body for one in CAME]
    first = receiver.headers[0]
    assert (first["x-minivoice-timestamp"], first["x-minivoice-other"]) == (str(int(NOW.timestamp())), "kept")
    assert (first["content-type"], first["host"] != "theirs") == ("application/json", True)


def test_the_old_signature_is_never_sent(receiver: Receiver) -> None:
    assert [one.is_accepted for one in sent_to(receiver.url, None)] == [False] * 3
    assert receiver.taken == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "nowhere", "ftp://127.0.0.1/"])
def test_where_nobody_answers_nothing_was_sent(url: str) -> None:
    with pytest.raises(ReceiverUnreachable) as unreachable:
        sent_to(url, "ours")
    assert unreachable.value.sent == []


def test_of_a_receiver_that_goes_the_answers_before_are_kept() -> None:
    with Receiver("ours", goes_after=2) as receiver, pytest.raises(ReceiverUnreachable) as unreachable:
        sent_to(receiver.url, "ours")
    assert unreachable.value.sent == [Sent(204, 250.0)] * 2
