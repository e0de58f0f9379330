"""Which addresses a request to a user's own system may reach: public ones, and the networks that the operator allowed.

Without this, whoever may name a target could make Dialtrail ask what only its own machine or network can reach.
"""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from domain.errors import DialtrailError

URL_CHARS_MAX = 2_000
HOST_CHARS_MAX = 253
ALLOWED_BY = "DIALTRAIL_TARGETS_ALLOWED"
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
_PORTS = {"http": 80, "https": 443}
_PLAIN = re.compile(r"[!#-;=?-\[\]_a-z~]+", re.ASCII)  # no space, control character, quote, backslash, < > ^ ` { | }
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?", re.ASCII)
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.ASCII)
_GLOBAL_IPV6 = IPv6Network("2000::/3")  # all that is routed; the rest is this host, this network, or nobody
_NAT64 = IPv6Network("64:ff9b::/96")
# What `ipaddress` takes for public, in one version of Python or another, and what is not.
_NOT_PUBLIC: Sequence[tuple[Network, str]] = (
    (IPv4Network("0.0.0.0/8"), "this host"),
    (IPv4Network("100.64.0.0/10"), "a carrier's or cloud's own network"),
    (IPv4Network("168.63.129.16/32"), "a cloud's own service for its machines"),
    (IPv4Network("192.0.0.0/24"), "kept for protocols"),
    (IPv4Network("192.88.99.0/24"), "a relay to elsewhere"),
    (IPv4Network("240.0.0.0/4"), "not in use"),
    (IPv6Network("2001::/23"), "a tunnel to elsewhere, or kept for protocols"),
    (IPv6Network("2002::/16"), "a tunnel to elsewhere"),
    (IPv6Network("3fff::/20"), "kept for documentation"),
)


class TargetRefused(DialtrailError):
    """A target that must not be asked; the message says why, and what would allow it. It repeats no path and no query."""


class Target(Struct, frozen=True):
    """Where a request goes: its scheme (http or https), the host as a name or an address, the port, path and query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The host as a URL and the `Host` header have it, with its port where that is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def read_target(url: str) -> Target:
    """The parts of a URL. Raises `TargetRefused` for one that is not plainly http or https to a host."""
    if not url or len(url) > URL_CHARS_MAX:
        raise TargetRefused(
            f"a URL has from 1 to {URL_CHARS_MAX} characters; write it like https://crm.example.org/calls"
        )
    if _PLAIN.fullmatch(url) is None:
        raise TargetRefused("has characters that a URL has to escape; write a host with such letters as xn--…")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise TargetRefused("is not a URL; write it like https://crm.example.org/calls") from None
    _check_parts(parts, url)
    if port == 0:
        raise TargetRefused("port 0 cannot be asked")
    host = _host(parts.hostname or "")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or _PORTS[parts.scheme], path)


def _check_parts(parts: SplitResult, url: str) -> None:
    if parts.scheme not in _PORTS:
        raise TargetRefused("is not http:// or https://; write it like https://crm.example.org/calls")
    if "@" in parts.netloc:
        raise TargetRefused("has a user or password in it; what is sent is signed instead")
    if "#" in url:
        raise TargetRefused("has a fragment (#…), which is never sent; take it out")
    if not parts.hostname or len(parts.hostname) > HOST_CHARS_MAX:
        raise TargetRefused("names no host; write it like https://crm.example.org/calls")


def _host(host: str) -> str:
    """A host in its one spelling. Numbers that only some resolvers take for an address are refused."""
    address = _address(host)
    if address is not None:
        return str(address)
    if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]) is not None:
        raise TargetRefused(f"{host} is an odd spelling of an address; write it like 203.0.113.7")
    if _NAME.fullmatch(host) is None:
        raise TargetRefused("its host is neither a name nor an address; write it like https://crm.example.org/calls")
    return host.rstrip(".")


def is_address(host: str) -> bool:
    """Whether a target's host is an address, which no name server has to be asked for."""
    return _address(host) is not None


def _address(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        raise TargetRefused(f"{text} is an address of one interface (%…), which cannot be asked")
    return address


def check_target(target: Target, answers: Sequence[str], allowed: Sequence[Network]) -> tuple[str, ...]:
    """The addresses to dial, of all that the host's name stands for. Raises `TargetRefused` if any must not be reached.

    One bad answer refuses them all: which of them is dialled must not be left to whoever answers for the name.
    """
    if not answers:
        raise TargetRefused(f"{target.host} has no address")
    addresses = [_unwrapped(address) for text in answers if (address := _address(text)) is not None]
    if len(addresses) != len(answers):
        raise TargetRefused(f"{target.host}: the resolver's answer is not an address")
    for address in addresses:
        if any(address in network for network in allowed):
            continue
        why = why_not_public(address)
        if why is not None:
            raise TargetRefused(f"{_named(target, address)} is {why}; name its network in {ALLOWED_BY} if it is yours")
        if target.scheme != "https":
            raise TargetRefused(
                f"{_named(target, address)} is asked in clear; write https://, or name its network in {ALLOWED_BY}"
            )
    return tuple(dict.fromkeys(str(address) for address in addresses))


def check_written(target: Target, allowed: Sequence[Network]) -> None:
    """What can be said of a target without asking for its name. Raises `TargetRefused`."""
    if _address(target.host) is not None:
        check_target(target, [target.host], allowed)
    elif target.scheme != "https" and not allowed:
        raise TargetRefused(f"{target.host} is asked in clear; write https://, or name its network in {ALLOWED_BY}")
    elif _is_local_name(target.host) and not allowed:
        raise TargetRefused(f"{target.host} is this machine; name its network in {ALLOWED_BY} if that is meant")


def why_not_public(address: Address) -> str | None:
    """What stands against reaching an address that no setting allows; None where it is a public one."""
    address = _unwrapped(address)
    if isinstance(address, IPv6Address) and address in _NAT64:
        return why_not_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    for network, what in _NOT_PUBLIC:
        if address in network:
            return what
    if address.is_loopback or address.is_unspecified:
        return "this host"
    if address.is_link_local:
        return "link-local, where clouds keep their metadata"
    if address.is_multicast:
        return "many hosts at once"
    if not address.is_global or (isinstance(address, IPv6Address) and address not in _GLOBAL_IPV6):
        return "private, or not in use"
    return None


def _unwrapped(address: Address) -> Address:
    """IPv4 written as IPv6 (::ffff:…) is dialled as IPv4, and so judged as that."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped


def _is_local_name(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


def _named(target: Target, address: Address) -> str:
    return target.host if target.host == str(address) else f"{target.host} ({address})"
