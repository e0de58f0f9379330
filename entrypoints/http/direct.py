"""Was a request made on this machine, directly? What a proxy handed on was not, whatever its headers say."""

from collections.abc import Iterable

from starlette.types import Scope

from entrypoints import this_machine

PROXY_HEADERS = frozenset({"forwarded", "via", "x-real-ip", "x-original-forwarded-for", "x-envoy-external-address"})
PROXY_PREFIX = "x-forwarded"
PROXY_ENDINGS = ("client-ip", "connecting-ip")
ORDINARY = frozenset({b"host", b"accept", b"accept-encoding", b"authorization", b"connection", b"user-agent"})
"""What nearly every request has; none of them is a proxy's."""
BROWSER_PREFIX = "sec-fetch-"

Headers = Iterable[tuple[bytes, bytes]]


def is_direct(scope: Scope) -> bool:
    """Whether somebody on this machine asked, under a name of this machine, and no proxy in between says that it is there."""
    client = scope.get("client")
    return (
        client is not None
        and this_machine.is_loopback(client[0])
        and this_machine.is_named_in(f"//{_host(scope['headers'])}")
        and not any(_is_of_a_proxy(name) for name, _ in scope["headers"] if name not in ORDINARY)
    )


def is_from_a_program(scope: Scope) -> bool:
    """Whether a program on this machine asked, directly; not a web page in somebody's browser."""
    return is_direct(scope) and not any(_is_of_a_browser(name) for name, _ in scope["headers"])


def _host(headers: Headers) -> str:
    """The one host that was asked for; none where there are two."""
    said = [value.decode("latin-1") for name, value in headers if name == b"host"]
    return said[0] if len(said) == 1 else ""


def _is_of_a_proxy(header: bytes) -> bool:
    # Some proxies and servers take an underscore for a hyphen.
    name = header.decode("latin-1").lower().replace("_", "-")
    return name in PROXY_HEADERS or name.startswith(PROXY_PREFIX) or name.endswith(PROXY_ENDINGS)


def _is_of_a_browser(header: bytes) -> bool:
    name = header.decode("latin-1").lower()
    return name == "origin" or name.startswith(BROWSER_PREFIX)
