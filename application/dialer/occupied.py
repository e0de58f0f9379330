"""Who is being called from here, and who is left alone for a moment after that came to nothing."""

from collections.abc import Callable, Collection

SET_ASIDE_SECONDS = 1.0


class Occupied:
    """People by their streams, and how many attempts of each campaign are on their way to the ledger."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._busy: set[str] = set()
        self._set_aside: dict[str, float] = {}
        self._starting: dict[str, int] = {}

    def begin(self, campaign_id: str, stream: str) -> None:
        """An attempt is on its way to the ledger."""
        self._busy.add(stream)
        self._starting[campaign_id] = self.starting(campaign_id) + 1

    def arrived(self, campaign_id: str) -> None:
        """The ledger has taken it, or has not."""
        self._starting[campaign_id] -= 1

    def end(self, stream: str) -> None:
        """It is over, whatever became of it."""
        self._busy.discard(stream)

    def set_aside(self, stream: str) -> None:
        """Call this person no sooner than in a moment."""
        self._set_aside[stream] = self._monotonic() + SET_ASIDE_SECONDS

    def take_back(self, now: float) -> None:
        """Whoever was set aside for long enough by the monotonic instant `now` may be called again."""
        self._set_aside = {stream: until for stream, until in self._set_aside.items() if until > now}

    def starting(self, campaign_id: str) -> int:
        """How many attempts of a campaign are on their way to the ledger."""
        return self._starting.get(campaign_id, 0)

    def starting_in_all(self) -> int:
        """How many attempts are on their way to the ledger."""
        return sum(self._starting.values())

    def streams(self) -> Collection[str]:
        """Nobody of these is to be called now."""
        return self._busy if not self._set_aside else self._busy | self._set_aside.keys()
