"""Times without those that a clock said which was ahead, once an operator has acknowledged that."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from domain.account import AccountState, Usage
from domain.campaign import CampaignState
from domain.recipient import Attempt


class Believed(Struct, frozen=True):
    """What is still to come at `now` was recorded before the clock was set right, at `set_right_at` (UTC): it counts from then."""

    set_right_at: datetime
    now: datetime

    def time(self, at: datetime) -> datetime:
        """One of them."""
        return self.set_right_at if at > self.now else at

    def times(self, named: Mapping[str, datetime]) -> dict[str, datetime]:
        """Several, by name."""
        return {name: self.time(at) for name, at in named.items()}

    def attempt(self, attempt: Attempt) -> Attempt:
        """When it began, and was heard of last."""
        return replace(attempt, started_at=self.time(attempt.started_at), changed_at=self.time(attempt.changed_at))

    def campaign(self, state: CampaignState) -> CampaignState:
        """When it began to dial, and since when it is paused."""
        started_at = None if state.started_at is None else self.time(state.started_at)
        pause = None if state.pause is None else replace(state.pause, at=self.time(state.pause.at))
        return replace(state, started_at=started_at, pause=pause)

    def account(self, state: AccountState) -> AccountState:
        """When MiniVoice said what was spent."""
        usages = {window: Usage(usage.observed, self.time(usage.at)) for window, usage in state.usages.items()}
        return replace(state, usages=usages)
