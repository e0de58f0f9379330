"""A path below which this server stands at its host, such as `/dialtrail` of https://example.org/dialtrail.

Everything else is written as at the root of a host. Here alone the path is taken off what comes in, and put before the
addresses that go out. A proxy may hand the path on or take it off; programs on this machine come without it.
"""

import re
from collections.abc import MutableMapping
from typing import Any, Self
from urllib.parse import urlsplit

from msgspec import Struct

TAKEN = ("answer", "health", "metrics", "openapi.json", "v1", "webhooks")
"""Where programs on this machine come, without the path: it cannot begin with one of these."""
_PLAIN = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)+")
# What is shown on a page is escaped: a quote after one of these names is the template's own.
_LINK = re.compile(r'(?<=\s)(href|src|action|formaction)="/(?!/)')


class PublicPath(Struct, frozen=True):
    """The path, without a slash at its end; empty at the root of a host."""

    path: str = ""

    @classmethod
    def within(cls, public_url: str | None) -> Self:
        """That of DIALTRAIL_PUBLIC_URL."""
        return cls(urlsplit(public_url or "").path.rstrip("/"))

    def fault(self) -> str | None:
        """Why it cannot be used; None where it can."""
        if not self.path:
            return None
        if _PLAIN.fullmatch(self.path) is None:
            return "which is not letters, digits, '-', '.', '_' and '~' between single slashes"
        first = self.path.split("/")[1]
        return f"and /{first} is where programs on this machine find the API" if first in TAKEN else None

    def taken_off(self, scope: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """A request, as ASGI has it, as at the root; one that came without the path is as it was."""
        if not self.path:
            return scope
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        before, rest = raw[: len(self.path)], raw[len(self.path) :]
        if before != self.path.encode() or rest[:1] not in {b"", b"/", b"?"}:
            return scope
        rest = rest if rest.startswith(b"/") else b"/" + rest
        return {**scope, "path": scope["path"][len(self.path) :] or "/", "raw_path": rest}

    def before(self, address: str) -> str:
        """An address of ours as others have it; one elsewhere, or relative to its page, as it is."""
        is_ours = address.startswith("/") and not address.startswith("//")
        return f"{self.path}{address}" if is_ours else address

    def in_html(self, html: str) -> str:
        """A page whose links and forms lead below the path."""
        return _LINK.sub(rf'\1="{self.path}/', html) if self.path else html

    @property
    def of_cookies(self) -> str:
        """Where a browser sends our cookies."""
        return self.path or "/"
