"""How much one caller may ask: requests a second for each token, and few wrong tokens from each address."""

import ipaddress
import math
from collections.abc import Callable

from domain.last_used import LastUsed
from entrypoints.http.problems import TooManyRequests

BURST_SECONDS = 5.0
WRONG_TOKENS_BURST = 20
WRONG_TOKENS_PER_SECOND = 0.2
ADDRESSES_MAX = 10_000
IPV6_NETWORK_BITS = 64

Monotonic = Callable[[], float]


class Bucket:
    """Tokens that come at a pace and gather up to a burst; each request takes one. Starts full."""

    __slots__ = ("_at", "_burst", "_per_second", "_tokens")

    def __init__(self, per_second: float, burst: float, now: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._tokens = burst
        self._at = now

    def seconds_to_wait(self, now: float) -> float:
        """How long until there is one to take; 0 where there is."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        return max(0.0, (1 - self._tokens) / self._per_second)

    def take(self, now: float) -> float:
        """Take one and give 0, or take none and give the seconds until there is one."""
        wait = self.seconds_to_wait(now)
        if wait == 0:
            self._tokens -= 1
        return wait


class RequestLimits:
    """The buckets of all callers. `requests_per_second` 0: callers are not limited; wrong tokens always are.

    Callers are as many as there are tokens. Addresses are whatever connects, so only those used last are remembered.
    The owner is not asked for here: that token is known only to who may read the data folder itself.
    """

    def __init__(self, requests_per_second: float, monotonic: Monotonic) -> None:
        self._per_second = requests_per_second
        self._monotonic = monotonic
        self._callers: dict[str, Bucket] = {}
        self._addresses: LastUsed[str, Bucket] = LastUsed(ADDRESSES_MAX)

    def admit(self, caller: str) -> None:
        """One more request of this caller. Raises `TooManyRequests`."""
        if not self._per_second:
            return
        now = self._monotonic()
        bucket = self._callers.get(caller)
        if bucket is None:
            bucket = self._callers[caller] = Bucket(self._per_second, max(1.0, self._per_second * BURST_SECONDS), now)
        wait = bucket.take(now)
        if wait:
            raise TooManyRequests(
                f"more than {self._per_second:g} requests a second; wait, or raise DIALTRAIL_API_REQUESTS_PER_SECOND",
                math.ceil(wait),
            )

    def wrong_token(self, address: str) -> None:
        """One more wrong token came from there. Raises `TooManyRequests`.

        Whoever has a known token is never made to wait for others' wrong ones, wherever they share an address.
        """
        now = self._monotonic()
        network = network_of(address)
        bucket = self._addresses.get(network)
        if bucket is None:
            bucket = Bucket(WRONG_TOKENS_PER_SECOND, WRONG_TOKENS_BURST, now)
            self._addresses.put(network, bucket)
        wait = bucket.take(now)
        if wait:
            raise TooManyRequests("too many wrong tokens came from this address; wait before the next", math.ceil(wait))


def network_of(address: str) -> str:
    """The address; of IPv6 the network that one customer has to themselves."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is None:
        return str(ipaddress.ip_network((known, IPV6_NETWORK_BITS), strict=False))
    return address
