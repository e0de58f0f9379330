"""HTTP/1.1 to one address, below httpx's client: asyncio's connections, httptools' parser, the standard library's TLS."""

from adapters.transport.transport import OneAddressTransport

__all__ = ["OneAddressTransport"]
