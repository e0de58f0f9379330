"""Why nobody is called though every rule allows it: the ledger may not say all that it has."""

from typing import Protocol

from msgspec import Struct

from domain.dialing import Reason

LEDGER_UNCHECKED = "ledger_unchecked"
LEDGER_DAMAGED = "ledger_damaged"
MEND = (
    "stop Dialtrail, keep a copy of the folder, and run `dialtrail verify`: where nothing but the index does not hold, "
    "`sqlite3 ledger.db REINDEX` mends it; else put a backup in its place"
)
LOOK = "look whether ledger.db can be read at all"
TRIES_ALONE = 5
WAIT = "wait: a million events take some seconds"


class Unsound(Struct, frozen=True, kw_only=True):
    """By what name nobody is called, in which words, and whether a person has to mend something."""

    rule: str
    says: str
    what_to_do: str
    needs_somebody: bool = False

    @property
    def reason(self) -> Reason:
        """As what a rule says against a call."""
        return Reason(rule=self.rule, scope="account", inputs={"says": self.says, "what_to_do": self.what_to_do})


class Soundness(Protocol):
    """What knows whether the ledger's streams are read whole."""

    def unsound(self) -> Unsound | None:
        """Why nobody may be called; None where somebody may."""

    async def look_first(self) -> None:
        """Come back once it was looked at for the first time, whatever was found."""


class BelievedSound:
    """Where somebody else looks after that, such as a database's own server."""

    def unsound(self) -> Unsound | None:
        """Nobody says so."""

    async def look_first(self) -> None:
        """At once."""


def unchecked(looked: int, about: int) -> Unsound:
    """While it is looked at, so many of about so many entries so far."""
    says = (
        f"whether the indexes of ledger.db hide an event is being looked at ({looked:,} of about {about:,} entries so far), "
        "and nobody is called before that is over"
    )
    return Unsound(rule=LEDGER_UNCHECKED, says=says, what_to_do=WAIT)


def cannot_be_checked(why: str, tries: int) -> Unsound:
    """Where nothing can be said now; it is tried again. What does not pass by itself has somebody told."""
    says = f"{why}; it is tried again, and nobody is called before that is over"
    return Unsound(rule=LEDGER_UNCHECKED, says=says, what_to_do=LOOK, needs_somebody=tries >= TRIES_ALONE)


def damaged(why: str) -> Unsound:
    """Of an index that hides something."""
    says = (
        f"an index of ledger.db is damaged: {why}; who decides whom to call is not told all that was stored, "
        "and nobody is called"
    )
    return Unsound(rule=LEDGER_DAMAGED, says=says, what_to_do=MEND, needs_somebody=True)
