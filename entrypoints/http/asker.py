"""From which address a request came: of the connection, or, where a trusted proxy made that, the one it tells."""

import re
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from itertools import chain

from starlette.requests import Request

Network = IPv4Network | IPv6Network
_Address = IPv4Address | IPv6Address
CHAIN_CHARS_MAX = 4_000
_FOR = re.compile(r'(?:^|;)\s*for\s*=\s*"?([^";]*)"?', re.IGNORECASE)
_PORT = re.compile(r":\d{1,5}$")


class Askers:
    """Finds the addresses. `trusted` are the networks whose proxies are believed; with none, nobody's word is taken."""

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = trusted

    def address(self, request: Request) -> str:
        """The address, as text.

        A proxy adds to the end of a list, so it is read from there, as far as there are trusted proxies. What stands before
        anybody may have written. Where two headers tell different addresses, one of them is not the proxy's, and neither counts.
        """
        connected = "" if request.client is None else request.client.host
        if not self._is_trusted(connected):
            return connected
        told = {found for chain in _chains(request) if (found := self._first_stranger(chain)) is not None}
        return told.pop() if len(told) == 1 else connected

    def _first_stranger(self, hops: Sequence[str]) -> str | None:
        for hop in reversed(hops):
            if not self._is_trusted(hop):
                known = _known(hop)
                return None if known is None else str(known)
        return None

    def _is_trusted(self, address: str) -> bool:
        known = _known(address)
        return known is not None and any(known in network for network in self._trusted)


def _chains(request: Request) -> list[list[str]]:
    """What each kind of header says of the way, from the first to the last that spoke."""
    said: list[tuple[str, Callable[[str], str]]] = [
        ("x-forwarded-for", lambda hop: hop),
        ("forwarded", _for),
        ("x-real-ip", lambda hop: hop),
    ]
    return [
        [read(hop) for hop in chain.from_iterable(line[-CHAIN_CHARS_MAX:].split(",") for line in lines)]
        for name, read in said
        if (lines := request.headers.getlist(name))
    ]


def _for(hop: str) -> str:
    found = _FOR.search(hop)
    return "" if found is None else found[1]


def _known(text: str) -> _Address | None:
    """An address, with or without a port or brackets; None for what is none."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = _PORT.sub("", bare)
    try:
        known = ip_address(bare)
    except ValueError:
        return None
    mapped = known.ipv4_mapped if isinstance(known, IPv6Address) else None
    return mapped or known
