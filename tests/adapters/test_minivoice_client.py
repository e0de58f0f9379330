"""Placing a call over sockets: what is sent, when, how often, and what becomes of every way to fail."""

import asyncio
import json

import pytest

from adapters.minivoice_client import ANSWER_BYTES_MAX, MiniVoiceClient, SendingForbidden, call_request, classify
from domain.dial_outcome import Abandoned, Accepted, DialOutcome, Unresolved
from tests.adapters.minivoice_client_of import ACCEPTED, CREATED, KEY, REQUEST, Marks, client_of, place
from tests.adapters.minivoice_server import always, hang_up, http, never, payload, raw_server

BROKEN = "sent, but the connection broke or the answer was not HTTP (RemoteProtocolError)"


async def forbid() -> None:
    raise SendingForbidden("the campaign was paused")


def test_a_request_is_the_documented_one() -> None:
    assert json.loads(REQUEST) == json.loads(payload("post-call-request.json"))
    assert list(json.loads(REQUEST)) == ["from", "to", "metadata", "record"]


def test_record_is_left_out_unless_wanted() -> None:
    assert call_request("+1555", "+1556", metadata={}, record=False) == '{"from":"+1555","to":"+1556","metadata":{}}'


def test_a_call_is_placed_with_one_post_of_exactly_this_body() -> None:
    async def scenario() -> tuple[DialOutcome, list[bytes], int]:
        marks = Marks()
        async with raw_server(always(CREATED)) as server, client_of(server) as client:
            return await place(client, marks), server.requests, marks.count

    outcome, requests, marks = asyncio.run(scenario())

    head, _, body = requests[0].partition(b"\r\n\r\n")
    assert outcome == ACCEPTED
    assert isinstance(outcome, Accepted)
    assert (len(requests), marks) == (1, 1)
    assert head.startswith(b"POST /v1/calls HTTP/1.1\r\n")
    assert {b"authorization: Bearer " + KEY.encode(), b"content-type: application/json"} <= set(head.split(b"\r\n"))
    assert b"transfer-encoding" not in head.lower()
    assert body.decode() == REQUEST


def test_before_send_is_asked_once_with_a_connection_made_and_nothing_sent() -> None:
    async def scenario() -> tuple[list[tuple[int, int]], int]:
        seen: list[tuple[int, int]] = []
        async with raw_server(always(CREATED)) as server, client_of(server) as client:

            async def before_send() -> None:
                await server.connected.wait()
                seen.append((server.connections, len(server.requests)))

            await client.place_call(REQUEST, before_send)
            return seen, len(server.requests)

    assert asyncio.run(scenario()) == ([(1, 0)], 1)


def test_a_forbidden_request_never_reaches_the_server_and_the_client_goes_on() -> None:
    async def scenario() -> tuple[list[DialOutcome], int, int]:
        async with raw_server(always(CREATED)) as server, client_of(server, connections_max=1) as client:
            outcomes = [await place(client, Marks())]
            outcomes += [await client.place_call(REQUEST, forbid) for _ in range(3)]
            after_forbidden = len(server.requests)
            outcomes.append(await place(client, Marks()))
            return outcomes, after_forbidden, len(server.requests)

    forbidden = Abandoned(why="the campaign was paused")
    assert asyncio.run(scenario()) == ([ACCEPTED, forbidden, forbidden, forbidden, ACCEPTED], 1, 2)


def test_another_error_of_before_send_passes_through_and_nothing_is_sent() -> None:
    async def fail() -> None:
        raise OSError("no space for the sending mark")

    async def scenario() -> tuple[int, DialOutcome]:
        async with raw_server(always(CREATED)) as server, client_of(server, connections_max=1) as client:
            with pytest.raises(OSError, match="no space for the sending mark"):
                await client.place_call(REQUEST, fail)
            return len(server.requests), await place(client, Marks())

    assert asyncio.run(scenario()) == (0, ACCEPTED)


def test_a_refused_connection_abandons() -> None:
    async def scenario() -> tuple[DialOutcome, int]:
        marks = Marks()
        async with raw_server(never) as server:
            url = server.url
        async with MiniVoiceClient(url, KEY, 30) as client:
            return await place(client, marks), marks.count

    assert asyncio.run(scenario()) == (
        Abandoned(why="connection never made: ConnectError: All connection attempts failed", unreachable=True),
        0,
    )


def test_a_failed_tls_handshake_abandons() -> None:
    async def drop(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def scenario() -> tuple[DialOutcome, int]:
        marks = Marks()
        server = await asyncio.start_server(drop, "127.0.0.1", 0)
        address = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, MiniVoiceClient(address, KEY, 30) as client:
            return await place(client, marks), marks.count

    outcome, marks = asyncio.run(scenario())

    assert isinstance(outcome, Abandoned)
    assert (outcome.why.startswith("connection never made: "), outcome.unreachable, marks) == (True, True, 0)


def test_no_free_connection_abandons() -> None:
    async def scenario() -> tuple[DialOutcome, int, DialOutcome]:
        marks, going, go_on = Marks(), asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            going.set()
            await go_on.wait()

        async with raw_server(always(CREATED)) as server, client_of(server, 0.2, connections_max=1) as client:
            holding = asyncio.create_task(client.place_call(REQUEST, hold))
            await going.wait()
            outcome = await place(client, marks)
            go_on.set()
            return outcome, marks.count, await holding

    assert asyncio.run(scenario()) == (
        Abandoned(why="connection never made: PoolTimeout", unreachable=True),
        0,
        ACCEPTED,
    )


def test_a_server_that_hangs_up_leaves_it_unresolved() -> None:
    async def scenario() -> tuple[DialOutcome, int, int]:
        marks = Marks()
        async with raw_server(hang_up) as server, client_of(server) as client:
            return await place(client, marks), marks.count, len(server.requests)

    assert asyncio.run(scenario()) == (Unresolved(why=BROKEN), 1, 1)


def test_a_time_out_after_sending_leaves_it_unresolved() -> None:
    async def scenario() -> tuple[DialOutcome, int]:
        async with raw_server(never) as server, client_of(server, 1.0) as client:
            return await place(client, Marks()), len(server.requests)

    assert asyncio.run(scenario()) == (Unresolved(why="sent, but no whole answer within 1 s"), 1)


def test_an_answer_that_trickles_in_does_not_outlast_the_time_out() -> None:
    async def trickle(writer: asyncio.StreamWriter, _: bytes) -> None:
        writer.write(b"HTTP/1.1 201 Created\r\ncontent-length: 100000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    async def scenario() -> DialOutcome:
        async with raw_server(trickle) as server, client_of(server, 0.3) as client:
            return await place(client, Marks())

    outcome = asyncio.run(scenario())

    assert isinstance(outcome, Unresolved)
    assert (outcome.why, outcome.status) == ("sent, but no whole answer within 0.3 s", 201)
    assert set(outcome.body or "") == {"x"}


@pytest.mark.parametrize("garbage", [b"\x00\xff\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_an_answer_that_is_not_http_leaves_it_unresolved(garbage: bytes) -> None:
    async def scenario() -> DialOutcome:
        async with raw_server(always(garbage)) as server, client_of(server) as client:
            return await place(client, Marks())

    assert asyncio.run(scenario()) == Unresolved(why=BROKEN)


def test_an_answer_that_breaks_off_is_kept_as_far_as_it_came() -> None:
    async def break_off(writer: asyncio.StreamWriter, _: bytes) -> None:
        writer.write(http(201, b'{"id":"call_1"}').replace(b"content-length: 15", b"content-length: 99"))
        writer.close()

    async def scenario() -> DialOutcome:
        async with raw_server(break_off) as server, client_of(server) as client:
            return await place(client, Marks())

    assert asyncio.run(scenario()) == Unresolved(why=BROKEN, status=201, body='{"id":"call_1"}')


def test_an_answer_beyond_the_bound_leaves_it_unresolved_with_its_beginning() -> None:
    async def scenario() -> DialOutcome:
        reply = http(201, b"x" * (3 * ANSWER_BYTES_MAX))
        async with raw_server(always(reply)) as server, client_of(server) as client:
            return await place(client, Marks())

    why = f"sent, but the answer is longer than {ANSWER_BYTES_MAX} bytes"
    assert asyncio.run(scenario()) == Unresolved(why=why, status=201, body="x" * ANSWER_BYTES_MAX)


def test_an_id_with_bytes_that_are_not_utf8_is_no_call_id() -> None:
    async def scenario() -> DialOutcome:
        async with raw_server(always(http(201, b'{"id":"call_\xff"}'))) as server, client_of(server) as client:
            return await place(client, Marks())

    why = "HTTP 201 without a readable call id (id: has a character that was lost on the way)"
    assert asyncio.run(scenario()) == Unresolved(why=why, status=201, body='{"id":"call_\\xff"}')


def test_a_redirect_is_not_followed() -> None:
    async def scenario() -> tuple[DialOutcome, int]:
        reply = http(307, b"", "location: /elsewhere")
        async with raw_server(always(reply)) as server, client_of(server) as client:
            return await place(client, Marks()), len(server.requests)

    assert asyncio.run(scenario()) == (classify(307, b""), 1)


def test_connections_are_used_again() -> None:
    async def scenario() -> int:
        async with raw_server(always(CREATED)) as server, client_of(server) as client:
            for _ in range(3):
                await place(client, Marks())
            return server.connections

    assert asyncio.run(scenario()) == 1


def test_a_connection_that_the_server_has_closed_is_noticed_before_sending() -> None:
    async def scenario() -> tuple[list[DialOutcome], int, int, int]:
        marks = Marks()
        async with raw_server(always(CREATED)) as server, client_of(server) as client:
            outcomes = [await place(client, marks)]
            await server.drop_connections()
            outcomes.append(await place(client, marks))
            return outcomes, marks.count, len(server.requests), server.connections

    assert asyncio.run(scenario()) == ([ACCEPTED, ACCEPTED], 2, 2, 2)


def test_a_connection_that_closes_during_before_send_is_not_tried_again() -> None:
    async def scenario() -> tuple[DialOutcome, int, int]:
        marks = Marks()
        async with raw_server(always(CREATED)) as server, client_of(server) as client:
            await place(client, marks)

            async def before_send() -> None:
                await marks()
                await server.drop_connections()

            return await client.place_call(REQUEST, before_send), marks.count, len(server.requests)

    outcome, marks, requests = asyncio.run(scenario())

    assert isinstance(outcome, Unresolved)
    assert (marks, requests) == (2, 1)


def test_cancellation_passes_through_and_frees_the_connection() -> None:
    async def scenario() -> DialOutcome:
        async with raw_server(never) as server, client_of(server, connections_max=1) as client:
            dialing = asyncio.create_task(place(client, Marks()))
            await server.heard.wait()
            dialing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await dialing
            server.answering = always(CREATED)
            return await place(client, Marks())

    assert asyncio.run(scenario()) == ACCEPTED


def test_many_calls_at_once_each_get_their_own_answer() -> None:
    async def echo(writer: asyncio.StreamWriter, request: bytes) -> None:
        wanted = json.loads(request.partition(b"\r\n\r\n")[2])["to"]
        writer.write(http(201, json.dumps({"id": f"call_{wanted}"}).encode()))

    async def scenario() -> list[DialOutcome]:
        async with raw_server(echo) as server, client_of(server, connections_max=5) as client:
            return await asyncio.gather(
                *(client.place_call(json.dumps({"to": number}), Marks()) for number in range(40))
            )

    assert [getattr(outcome, "call_id", outcome) for outcome in asyncio.run(scenario())] == [
        f"call_{number}" for number in range(40)
    ]
