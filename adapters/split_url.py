"""The parts of an address that may have a password in it: what is wrong with it is said without any of it."""

from urllib.parse import SplitResult, urlsplit


def split_url(url: str) -> tuple[SplitResult, int | None]:
    """The parts, and the port. Raises `ValueError`, whose words have nothing of the address.

    The standard library's own have: of `smtp://me:pass/word@host` it says that `pass` is no port.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(
            "is no address, or has a port that is no number up to 65535; in a user or a password write / as %2F, ? as %3F, # as %23, "
            "@ as %40 and : as %3A"
        ) from None
    return parts, port
