"""Trailers are no headers: they come after the body, when everything was decided by the headers."""

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TRAILERS = "trailers"


class TrailersApart(HttpToolsProtocol):
    """uvicorn's protocol, which takes trailers for headers; here they count as none, and are only noted."""

    def on_message_begin(self) -> None:
        """A request begins."""
        self._is_head_over = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """What comes now by the name of a header is a trailer."""
        self._is_head_over = True
        super().on_headers_complete()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer."""
        if self._is_head_over:
            self.scope["state"][TRAILERS] = True
        else:
            super().on_header(name, value)


def has_trailers(scope: Scope) -> bool:
    """Whether trailers came; known when the whole body is there."""
    return bool(scope.get("state", {}).get(TRAILERS))
