"""How a model provider behaves: shares and bounds, drawn from a seed."""

from random import Random

from msgspec import Struct

SHARE_OF_FAULTY_WORLDS = 0.8


class Habits(Struct, frozen=True, kw_only=True):
    """Shares from 0 to 1 of requests, calls or deliveries; seconds as they are named."""

    answered: float = 0.5
    failed: float = 0.2
    gathers: float = 0.2
    asks: float = 0.0
    """Of calls that are answered: it asks what to say, and says it."""
    refuses: float = 0.0
    """With 400, 402, 403, 429, 500 or 502, of which the last two may leave a call behind."""
    silent: float = 0.0
    """It has the request, and does not answer: with a call, or without one."""
    answer_lost: float = 0.0
    slow: float = 0.0
    delivers_never: float = 0.0
    delivers_twice: float = 0.0
    delivers_late: float = 0.0
    badly_signed: float = 0.0
    contradicts: float = 0.0
    foreign: float = 0.0
    forgets: float = 0.0
    """Whoever asks for a call by its id gets an error."""
    rewords: float = 0.0
    """The end of a call is reported once more under its name, in other words."""
    twins: float = 0.0
    """Somebody else on the account calls the same number, from the same one, at about the same time."""
    listens_slowly: float = 0.0
    """The subscriber takes what comes, and answers after seconds."""
    echoes: bool = True
    """Its answers and webhooks have the metadata that came with the request."""
    cps_max: int = 1_000


def drawn(chance: Random, *, faults: float = 1.0) -> Habits:
    """Those of one world; `faults` makes them rarer, 0 leaves none."""
    if not faults or chance.random() > SHARE_OF_FAULTY_WORLDS:
        return Habits(answered=chance.uniform(0.2, 0.9), gathers=chance.uniform(0, 0.5))

    def some(share_max: float) -> float:
        return faults * chance.uniform(0, share_max) if chance.random() < 0.5 else 0.0

    return Habits(
        answered=chance.uniform(0.2, 0.9),
        failed=chance.uniform(0, 0.4),
        gathers=chance.uniform(0, 0.5),
        refuses=some(0.3),
        silent=some(0.2),
        answer_lost=some(0.2),
        slow=some(0.5),
        delivers_never=some(0.3),
        delivers_twice=some(0.5),
        delivers_late=some(0.5),
        badly_signed=some(0.2),
        contradicts=some(0.2),
        foreign=some(0.3),
        forgets=some(0.5),
        echoes=chance.random() < 0.6,
        cps_max=chance.choice((1_000, 1_000, 3)),
    )
