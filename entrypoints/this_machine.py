"""What is this machine itself: addresses and names that lead nowhere else."""

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

ANSWERS_KEPT_MAX = 32
NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


@lru_cache(ANSWERS_KEPT_MAX)
def is_loopback(address: str) -> bool:
    """Whether an IP address is this machine's own; False for what is none."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = known.ipv4_mapped if isinstance(known, ipaddress.IPv6Address) else None
    return (mapped or known).is_loopback


@lru_cache(ANSWERS_KEPT_MAX)
def is_named_in(url: str) -> bool:
    """Whether a URL's host is this machine, by a name that only this machine has."""
    try:
        return urlsplit(url).hostname in NAMES
    except ValueError:
        return False
