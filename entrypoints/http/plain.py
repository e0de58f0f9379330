"""Which request is a plain delivery: whole, short, and with nothing about it that asks for more than its body.

Such a one goes to the ledger by the shortest way. Whatever is unusual about another is for the ordinary way, which has
an answer to everything.
"""

from collections.abc import Mapping, Sequence

from adapters.minivoice_webhook import SIGNATURE_HEADERS, ReceivedReport, read_delivery
from entrypoints.http.signature import SignatureCheck

READ_AT_ONCE_BYTES_MAX = 16 * 1024
"""How long a body may be that is read in the event loop."""
LENGTH_DIGITS_MAX = 5
UNUSUAL = frozenset({b"content-encoding", b"expect", b"trailer", b"transfer-encoding", b"upgrade"})
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
LAST_NO_CONTENT = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"
"""What a delivery is answered that is on disk, and that is the last of its connection."""
_KEPT = {name.encode(): name for name in SIGNATURE_HEADERS}


def plain_fields(headers: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes] | None:
    """The headers of a plain delivery by their lower-case names, each of which is there once; None of any other request."""
    fields = dict(headers)
    length = fields.get(b"content-length", b"")
    if len(fields) != len(headers) or not UNUSUAL.isdisjoint(fields):
        return None
    if not length.isdigit() or len(length) > LENGTH_DIGITS_MAX or int(length) > READ_AT_ONCE_BYTES_MAX:
        return None
    return fields


def read_plain(check: SignatureCheck, fields: Mapping[bytes, bytes], body: bytes) -> ReceivedReport | None:
    """What a plain delivery says; None where it is not believed to be the provider's, or cannot be read."""
    headers = {_KEPT[name]: value.decode("latin-1") for name, value in fields.items() if name in _KEPT}
    if check.doubt(headers, [body]) is not None:
        return None
    try:
        return read_delivery(body, headers)
    except Exception:  # noqa: BLE001 - whatever it is, the ordinary way meets it again, and answers it
        return None
