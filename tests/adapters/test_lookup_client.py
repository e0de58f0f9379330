"""A lookup's answer, read strictly; and one that is none, against a real server on loopback."""

import asyncio
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.lookup_client import (
    ANSWER_BYTES_MAX,
    REASON_CHARS_MAX,
    VARIABLES_MAX,
    LookupClient,
    LookupQuestion,
    LookupSaid,
    LookupUnanswered,
    read_answer,
)
from adapters.outgoing import Answered, OutgoingClient
from domain.campaign import Lookup
from tests.adapters.raw_server import Play, answer, hang, raw_server

HERE = (ip_network("127.0.0.1/32"),)
QUESTION = LookupQuestion(number="+15551230002", campaign_id="spring", reference=None, variables={})
NINE = datetime(2026, 5, 29, 9, tzinfo=UTC)


def read(said: Any, status: int = 200, *, is_cut: bool = False) -> LookupSaid:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return read_answer(Answered(status=status, headers={}, body=body, is_cut=is_cut))


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ({"call": True}, LookupSaid(call=True)),
        ({"call": True, "reason": None, "variables": None, "more": [1]}, LookupSaid(call=True)),
        (
            {"call": True, "reason": "owes 42", "variables": {"balance": "42 euros"}},
            LookupSaid(call=True, reason="owes 42", variables={"balance": "42 euros"}),
        ),
        ({"call": False, "reason": "paid yesterday"}, LookupSaid(call=False, reason="paid yesterday")),
        # A "no" stands, whatever else is wrong with it.
        ({"call": False, "reason": 7, "variables": [1]}, LookupSaid(call=False)),
        ({"call": False, "reason": "x" * 1_000}, LookupSaid(call=False, reason="x" * REASON_CHARS_MAX)),
    ],
)
def test_an_answer_as_agreed(said: Mapping[str, Any], means: LookupSaid) -> None:
    assert read(said) == means


def test_the_variables_of_an_answer_may_have_so_many_bytes_and_no_more() -> None:
    variables = {"a": "x" * 4_096, "b": "x" * 4_094}
    assert read({"call": True, "variables": variables}) == LookupSaid(call=True, variables=variables)
    # A "no" stands, however much else it says.
    assert not read({"call": False, "variables": {"a": "x" * 9_000}}).call


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"call": true, "reason": "\\ud800"}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        ([True], "not a JSON object"),
        ({}, 'no "call"'),
        ({"call": "false"}, 'no "call"'),
        ({"call": 1}, 'no "call"'),
        ({"call": True, "reason": 7}, '"reason"'),
        ({"call": True, "variables": ["a"]}, '"variables"'),
        ({"call": True, "variables": {"a": 42}}, "variable a"),
        ({"call": True, "variables": {"a": "x" * 4_097}}, "variable a"),
        ({"call": True, "variables": {"a": "x\0"}}, "variable a"),
        ({"call": True, "variables": {"": "x"}}, "a name"),
        ({"call": True, "variables": {"n" * 129: "x"}}, "a name"),
        ({"call": True, "variables": {f"n{i}": "x" for i in range(VARIABLES_MAX + 1)}}, "more than"),
        ({"call": True, "variables": {"a": "x" * 4_096, "b": "x" * 4_095}}, "have 8,193 bytes, more than 8,192"),
        ({"call": True, "variables": {"ä": "é" * 4_096}}, "have 8,194 bytes, more than 8,192"),
        ({"call": True, "variables": {f"name {i:0100}": "x" for i in range(VARIABLES_MAX)}}, "more than 8,192"),
    ],
)
def test_an_answer_that_is_not_as_agreed_says_what_is_wrong(said: Any, why: str) -> None:
    with pytest.raises(LookupUnanswered, match=why):
        read(said)


@pytest.mark.parametrize("status", [201, 204, 302, 404, 500])
def test_only_200_is_an_answer(status: int) -> None:
    with pytest.raises(LookupUnanswered, match=f"HTTP {status}"):
        read({"call": True}, status)


def test_an_answer_that_is_too_long_is_none() -> None:
    with pytest.raises(LookupUnanswered, match=f"{ANSWER_BYTES_MAX:,}"):
        read({"call": False}, is_cut=True)


@given(
    st.binary(max_size=60)
    | st.recursive(st.none() | st.booleans() | st.text(), st.lists).map(json.dumps).map(str.encode)
)
def test_whatever_comes_is_read_or_refused_in_words(body: bytes) -> None:
    assert said_or_why(body)


def said_or_why(body: bytes) -> LookupSaid | str:
    try:
        return read(body)
    except LookupUnanswered as error:
        return str(error)


def ask(play: Play, **lookup: Any) -> tuple[LookupSaid | str, list[tuple[str, float]], int]:
    seen: list[tuple[str, float]] = []

    async def scene() -> tuple[LookupSaid | str, list[tuple[str, float]], int]:
        async with raw_server(play) as server:
            allowed = lookup.pop("allowed", HERE)
            client = LookupClient(
                OutgoingClient(allowed),
                None,
                clock=lambda: NINE,
                monotonic=time.monotonic,
                new_id=lambda: "1",
                observe=lambda result, seconds: seen.append((result, seconds)),
            )
            try:
                said = await client.ask(Lookup(url=server.url, **{"timeout_seconds": 5.0, **lookup}), QUESTION)
                return said, seen, len(server.asked)
            except LookupUnanswered as error:
                return str(error), seen, len(server.asked)
            finally:
                await client.aclose()

    return asyncio.run(scene())


async def drips(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


def test_it_is_asked_once_and_the_result_is_told() -> None:
    said, seen, times = ask(answer("200 OK", body=b'{"call": true}'))
    assert (said, [result for result, _ in seen], times) == (LookupSaid(call=True), ["call"], 1)


@pytest.mark.parametrize(
    ("play", "why"),
    [
        (hang, "no whole answer within 2 s"),
        (drips, "no whole answer within 2 s"),
        (answer("302 Found", "location: http://127.0.0.1:1/\r\n"), "HTTP 302"),
        (answer("200 OK", body=b"{" * (ANSWER_BYTES_MAX + 1)), "more than"),
    ],
)
def test_whatever_is_wrong_with_the_server_ends_in_time_and_is_never_tried_again(play: Play, why: str) -> None:
    said, seen, times = ask(play, timeout_seconds=2.0 if play in {hang, drips} else 9.0)
    assert isinstance(said, str)
    assert why in said
    assert ([result for result, _ in seen], times) == (["failed"], 1)


def test_a_target_that_is_not_allowed_is_not_asked() -> None:
    said, _, times = ask(hang, allowed=())
    assert isinstance(said, str)
    assert "must not be asked" in said
    assert times == 0


def test_nothing_of_the_person_is_in_what_is_printed_of_a_question() -> None:
    assert "+1555" not in repr(QUESTION)
