import errno
import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.acceptors.channel import (
    KIND_BYTES,
    MESSAGE_BYTES_MAX,
    REFUSED_MAX,
    REFUSED_SECONDS,
    Channel,
    ChannelEnded,
    MessageTooLong,
    pair,
)
from tests.entrypoints.acceptors.by_hand import STORED, ByHand, request, scarce
from tests.entrypoints.serving import payload


def channels() -> tuple[Channel, Channel]:
    one, other = pair()
    return Channel(one), Channel(other)


@given(st.lists(st.integers(0, MESSAGE_BYTES_MAX - 1), max_size=30), st.lists(st.booleans(), max_size=60))
def test_messages_arrive_whole_and_in_order_whenever_each_side_looks(sizes: list[int], turns: list[bool]) -> None:
    here, there = channels()
    messages = [bytes([place]) * size for place, size in enumerate(sizes)]
    waiting, found = list(messages), []
    for sends in [*turns, *[False, True] * 100]:
        if sends and waiting:
            here.send(b"T", waiting.pop(0))
        elif sends:
            here.flush()
        else:
            found += [message for _, message, _ in there.receive()]
    assert found == messages
    assert not here.is_blocked
    here.close()
    there.close()


def test_a_connection_goes_with_its_message_and_is_closed_where_it_came_from() -> None:
    here, there = channels()
    client, server = socket.socketpair()
    here.send(b"H", b"with it", server)
    here.send(b"T", b"alone")
    assert server.fileno() == -1
    (first, second) = there.receive()
    assert (first[:2], second) == ((b"H", b"with it"), (b"T", b"alone", None))
    assert first[2] is not None
    with client, first[2] as taken:
        assert not taken.get_inheritable()
        client.sendall(b"hello")
        assert taken.recv(5) == b"hello"
    here.close()
    there.close()


def test_what_waits_for_room_is_closed_with_the_channel() -> None:
    here, there = channels()
    client, server = socket.socketpair()
    while not here.is_blocked:
        here.send(b"T", b"x" * (MESSAGE_BYTES_MAX - 1))
    here.send(b"H", b"", server)
    here.close()
    assert client.recv(1) == b""
    client.close()
    there.close()


def test_the_end_of_the_other_side_is_heard_by_who_speaks_and_by_who_listens() -> None:
    here, there = channels()
    there.close()
    with pytest.raises(ChannelEnded):
        here.send(b"T", b"to nobody")
    with pytest.raises(ChannelEnded):
        list(here.receive())
    here.close()


@pytest.mark.parametrize("excess", [1, 2, 1000])
def test_a_message_that_is_too_long_is_not_sent(excess: int) -> None:
    here, there = channels()
    client, server = socket.socketpair()
    with pytest.raises(MessageTooLong, match=f"a message H of {MESSAGE_BYTES_MAX + excess} bytes was to be sent"):
        here.send(b"H", b"x" * (MESSAGE_BYTES_MAX - KIND_BYTES + excess), server)
    assert list(there.receive()) == []
    here.close()
    assert client.recv(1) == b""
    client.close()
    there.close()


@pytest.mark.parametrize("excess", [1, 2, 1000])
def test_a_message_that_comes_cut_off_ends_the_channel_and_its_connection(excess: int) -> None:
    one, other = pair()
    there = Channel(other)
    client, server = socket.socketpair()
    socket.send_fds(one, [b"A" + b"x" * (MESSAGE_BYTES_MAX - KIND_BYTES + excess)], [server.fileno()])
    server.close()
    with pytest.raises(MessageTooLong, match=f"a message A came cut off; one has at most {MESSAGE_BYTES_MAX} bytes"):
        list(there.receive())
    assert client.recv(1) == b""
    client.close()
    one.close()
    there.close()


@pytest.mark.parametrize("code", [errno.ENOBUFS, errno.ENOMEM, errno.ETOOMANYREFS])
def test_what_the_system_refuses_is_tried_again_when_it_is_flushed_and_in_order(code: int) -> None:
    here, there = channels()
    end = scarce(here, 3, code)
    for place in range(5):
        here.send(b"T", bytes([place]))
    assert (end.tries, here.is_refused, here.is_blocked) == (1, True, True)
    for _ in range(3):
        here.flush()
    assert (here.is_refused, here.is_blocked) == (False, False)
    found = [message for _ in range(2) for _, message, _ in there.receive()]
    assert found == [bytes([place]) for place in range(5)]
    here.close()
    there.close()


def test_a_system_that_always_refuses_ends_the_channel_and_so_does_any_other_trouble() -> None:
    here, there = channels()
    scarce(here, 10_000)
    here.send(b"T", b"")
    for _ in range(REFUSED_MAX - 1):
        here.flush()
    with pytest.raises(ChannelEnded, match=f"the system refused a message {REFUSED_MAX} times"):
        here.flush()
    here.close()
    there.close()
    here, there = channels()
    scarce(here, 1, errno.EPIPE)
    with pytest.raises(ChannelEnded):
        here.send(b"T", b"")
    here.close()
    there.close()


def test_an_acceptor_that_is_refused_tries_again_after_a_time_and_does_not_spin() -> None:
    with ByHand() as hand:
        client = hand.connect()
        end = scarce(hand.acceptor._channel, 6)
        client.sendall(request(payload("call.answered")))
        began = time.monotonic()
        hand.turn()
        assert time.monotonic() - began >= 6 * REFUSED_SECONDS * 0.9
        assert (end.tries, [one.visitor for one in hand.read]) == (7, [1])
        hand.answer([1])
        assert client.recv(1_000) == STORED
