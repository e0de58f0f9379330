"""What a system says of agents, read strictly; and one that says nothing, against a real server on loopback."""

import asyncio
import json
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from adapters.agents_client import (
    ANSWER_BYTES_MAX,
    WHY_CHARS_MAX,
    AgentsClient,
    AgentsSaid,
    AgentsUnanswered,
    read_agents,
)
from adapters.outgoing import Answered, OutgoingClient
from adapters.signing import SigningSecret
from domain.agents import Agent
from tests.adapters.raw_server import Play, answer, hang, raw_server

HERE = (ip_network("127.0.0.1/32"),)
NINE = datetime(2026, 5, 29, 9, tzinfo=UTC)
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def read(said: Any, status: int = 200, *, is_cut: bool = False) -> AgentsSaid:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return read_agents(Answered(status=status, headers={}, body=body, is_cut=is_cut))


def test_a_number_and_names_are_read_as_a_put_is() -> None:
    assert read({"free": 3}) == AgentsSaid(free=3)
    agents = [{"name": "ada", "state": "free"}, {"name": "zoe", "state": "away"}]
    named = (Agent(name="ada", state="free"), Agent(name="zoe", state="away"))
    assert read({"agents": agents}) == AgentsSaid(free=1, agents=named)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"", "body of its answer"),
        (b"\xff", "not UTF-8"),
        (b"[" * 100_000, "body of its answer"),
        ([3], "neither"),
        ({}, "neither"),
        ({"free": -1}, "free of its answer"),
        ({"free": True}, "free of its answer"),
        ({"free": "3"}, "free of its answer"),
        ({"free": 1, "agents": []}, "neither"),
        ({"zoe": "free"}, "neither"),
        ({"agents": [{"name": "zoe", "state": "idle"}]}, "agents[0].state of its answer"),
        ({"agents": [{"name": "zoe", "state": "free"}] * 2}, "neither"),
    ],
)
def test_what_is_not_as_agreed_is_no_answer_and_names_nobody(said: Any, why: str) -> None:
    with pytest.raises(AgentsUnanswered) as refused:
        read(said)
    assert why in str(refused.value)
    assert "zoe" not in str(refused.value)


@pytest.mark.parametrize("status", [201, 204, 302, 404, 500])
def test_only_200_is_an_answer(status: int) -> None:
    with pytest.raises(AgentsUnanswered, match=f"HTTP {status}"):
        read({"free": 3}, status)


def test_an_answer_that_is_too_long_is_none() -> None:
    with pytest.raises(AgentsUnanswered, match=f"{ANSWER_BYTES_MAX:,}"):
        read({"free": 3}, is_cut=True)


@given(
    st.binary(max_size=60)
    | st.recursive(st.none() | st.booleans() | st.text(), st.lists).map(json.dumps).map(str.encode)
)
def test_whatever_comes_is_read_or_refused_in_words(body: bytes) -> None:
    assert 0 < len(said_or_why(body)) <= WHY_CHARS_MAX


def said_or_why(body: bytes) -> str:
    try:
        return str(read(body).free)
    except AgentsUnanswered as error:
        return str(error)


def ask(play: Play, *, allowed: Any = HERE, seconds: float = 5.0) -> tuple[AgentsSaid | str, list[bytes]]:
    async def scene() -> tuple[AgentsSaid | str, list[bytes]]:
        async with raw_server(play) as server:
            client = AgentsClient(
                OutgoingClient(allowed), SigningSecret(SECRET), clock=lambda: NINE, new_id=lambda: "1"
            )
            try:
                return await client.ask(server.url, seconds), server.asked
            except AgentsUnanswered as error:
                return str(error), server.asked
            finally:
                await client.aclose()

    return asyncio.run(scene())


def test_it_is_one_get_that_is_signed() -> None:
    said, (asked,) = ask(answer("200 OK", body=b'{"free": 2}'))
    assert said == AgentsSaid(free=2)
    head, _, body = asked.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    assert (first, body) == ("GET /hook HTTP/1.1", b"")
    headers = dict(line.lower().split(": ", 1) if "signature" not in line else line.split(": ", 1) for line in lines)
    assert headers["webhook-signature"] == Webhook(SECRET).sign("agents_1", NINE, "")
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("agents_1", str(int(NINE.timestamp())))


@pytest.mark.parametrize(
    ("play", "why"),
    [
        (hang, "no whole answer within 1 s"),
        (answer("302 Found", "location: http://127.0.0.1:1/\r\n"), "HTTP 302"),
        (answer("200 OK", body=b"{" * (ANSWER_BYTES_MAX + 1)), "more than"),
    ],
)
def test_whatever_is_wrong_with_the_server_ends_in_time_and_is_not_tried_again(play: Play, why: str) -> None:
    said, asked = ask(play, seconds=1.0 if play is hang else 9.0)
    assert why in str(said)
    assert len(asked) == 1


def test_a_target_that_is_not_allowed_is_not_asked() -> None:
    said, asked = ask(hang, allowed=())
    assert "must not be asked" in str(said)
    assert asked == []
