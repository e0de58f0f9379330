"""Connections made: the name looked up, its addresses tried one beside the other, TLS by the standard library."""

import asyncio
import socket
import ssl
from asyncio.staggered import staggered_race
from collections.abc import Sequence
from functools import partial
from ipaddress import ip_address
from itertools import chain, zip_longest

import httpx

from adapters.transport.connection import HttpConnection

NEXT_ADDRESS_SECONDS = 0.25  # as RFC 8305 has it: an address that does not answer holds up nobody for longer


def offering_http_1(trusting: ssl.SSLContext | None) -> ssl.SSLContext:
    """Believes whom `trusting` does, or else whom httpx does by itself; HTTP/1.1 is all that is offered."""
    context = trusting or httpx.create_ssl_context(trust_env=False)
    context.set_alpn_protocols(["http/1.1"])
    return context


async def connected(
    host: str, port: int, tls: ssl.SSLContext | None, seconds: float | None, loop: asyncio.AbstractEventLoop
) -> HttpConnection:
    """A new connection within so many seconds, the handshake included. Raises `httpx.ConnectError` and `ConnectTimeout`."""
    try:
        async with asyncio.timeout(seconds):
            connection = await _reached(host, port, loop)
            if tls is not None:
                await _secured(connection, tls, host, loop)
    except TimeoutError:
        raise httpx.ConnectTimeout("no connection in time") from None
    except (OSError, ssl.SSLError) as error:
        raise httpx.ConnectError(str(error)) from error
    if connection.is_useless or (tls is None and not connection.is_silent()):
        connection.close()
        raise httpx.ConnectError("the server closed the connection, or spoke unasked")
    return connection


async def _reached(host: str, port: int, loop: asyncio.AbstractEventLoop) -> HttpConnection:
    addresses = [host] if _is_address(host) else await _addresses(host, port, loop)
    made: list[HttpConnection] = []
    if len(addresses) == 1:
        return await _dialled(addresses[0], port, loop, made)
    found: HttpConnection | None = None
    attempts = [partial(_dialled, address, port, loop, made) for address in addresses]
    try:
        found, _, _ = await staggered_race(attempts, NEXT_ADDRESS_SECONDS)
    finally:  # the race gives back none of those that were made where it is cancelled before it ends
        for one in made:
            if one is not found:
                one.give_up()
    if found is None:
        raise OSError("All connection attempts failed")
    return found


async def _dialled(
    address: str, port: int, loop: asyncio.AbstractEventLoop, made: list[HttpConnection]
) -> HttpConnection:
    connection = HttpConnection(loop)
    made.append(connection)
    try:
        await loop.create_connection(lambda: connection, address, port)
    except OSError as error:
        raise OSError("All connection attempts failed") from error
    return connection


async def _secured(connection: HttpConnection, tls: ssl.SSLContext, host: str, loop: asyncio.AbstractEventLoop) -> None:
    try:
        transport = await loop.start_tls(connection.socket, connection, tls, server_hostname=host)
    except BaseException:
        connection.close()
        raise
    if transport is None:
        raise OSError("the server closed the connection during the TLS handshake")
    connection.use_tls(transport)


async def _addresses(host: str, port: int, loop: asyncio.AbstractEventLoop) -> Sequence[str]:
    """What the name stands for now, the families in turn, beginning with the one that the system prefers."""
    families: dict[int, dict[str, None]] = {}
    for family, _, _, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        families.setdefault(family, {})[str(address[0])] = None
    return [one for one in chain.from_iterable(zip_longest(*families.values())) if one is not None]


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
