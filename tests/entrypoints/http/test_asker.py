from ipaddress import ip_network

import pytest
from starlette.requests import Request

from entrypoints.http.asker import Askers

TRUSTED = [ip_network(one) for one in ("127.0.0.1", "10.0.0.0/8", "2001:db8::/32")]
CLIENT, OTHER = "203.0.113.7", "198.51.100.9"


def address(connected: str | None, *headers: tuple[str, str]) -> str:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    client = None if connected is None else (connected, 1)
    return Askers(TRUSTED).address(Request({"type": "http", "headers": raw, "client": client}))


@pytest.mark.parametrize(
    "headers",
    [
        [("x-forwarded-for", CLIENT)],
        [("x-forwarded-for", f"{CLIENT}:4711")],
        [("x-forwarded-for", f"{OTHER}, {CLIENT}")],
        [("x-forwarded-for", f"127.0.0.1, {CLIENT}, 10.1.2.3")],
        [("x-forwarded-for", OTHER), ("x-forwarded-for", CLIENT)],
        [("x-forwarded-for", f"::ffff:{CLIENT}")],
        [("x-real-ip", CLIENT)],
        [("x-real-ip", CLIENT), ("x-forwarded-for", CLIENT)],
        [("forwarded", f"for={OTHER};proto=https, for={CLIENT}")],
        [("forwarded", f'proto=https;FOR="{CLIENT}:4711";by=10.0.0.1')],
    ],
)
def test_a_trusted_proxy_tells_who_asked(headers: list[tuple[str, str]]) -> None:
    assert address("127.0.0.1", *headers) == CLIENT
    assert address("::ffff:10.9.9.9", *headers) == CLIENT
    assert address("2001:db8::7", *headers) == CLIENT
    assert address(OTHER, *headers) == OTHER


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("x-forwarded-for", "")],
        [("x-forwarded-for", "unknown")],
        [("x-forwarded-for", f"{CLIENT}, junk")],
        [("x-forwarded-for", "10.1.2.3, 127.0.0.1")],
        [("x-forwarded-for", CLIENT), ("x-real-ip", OTHER)],
        [("x-forwarded-for", CLIENT), ("forwarded", f"for={OTHER}")],
        [("forwarded", "for=_hidden")],
        [("forwarded", "proto=https")],
    ],
)
def test_what_is_not_told_or_told_in_two_ways_is_the_proxys_own_address(headers: list[tuple[str, str]]) -> None:
    assert address("127.0.0.1", *headers) == "127.0.0.1"


def test_of_ipv6_the_brackets_and_the_port_are_no_part() -> None:
    told = "2a00:1450::7"
    assert address("127.0.0.1", ("x-forwarded-for", f"[{told}]:4711")) == told
    assert address("127.0.0.1", ("forwarded", f'for="[{told}]"')) == told


def test_who_has_no_address_is_nobody() -> None:
    assert address(None, ("x-forwarded-for", CLIENT)) == ""
