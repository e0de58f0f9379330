"""How long the views wait for more before they take it in."""

BATCH_EVENTS_MAX = 2_000
BUSY_BATCH_EVENTS_MIN = 16
GATHER_SECONDS = 0.05
LOADED_BATCH_EVENTS_MIN = 64
LOADED_GATHER_SECONDS = 0.2


def gather_seconds(batch_events: int) -> float:
    """How long to wait for more after a batch of so many events, which was all there was; 0 where there is little, or more already.

    Each batch is a commit, whatever its size: fewer of them leave more to what comes in.
    """
    if not BUSY_BATCH_EVENTS_MIN <= batch_events < BATCH_EVENTS_MAX:
        return 0.0
    return GATHER_SECONDS if batch_events < LOADED_BATCH_EVENTS_MIN else LOADED_GATHER_SECONDS
