"""Reports that were not as MiniVoice documents them: each is told in the log as soon as it is recorded."""

from collections.abc import Iterator, Sequence

import structlog

from adapters.minivoice_usage import usage_drift
from domain.account import UsageObserved
from domain.call import REPORT_KINDS, CallObserved, InsightFetched, RecordingRequested, Report, report_name
from domain.events import Recorded
from domain.identity import call_id_of

log = structlog.get_logger("dialtrail.drift")


def drifted(batch: Sequence[Recorded]) -> Iterator[tuple[Recorded, str, tuple[str, ...]]]:
    """Those of a commit that are not as documented, with where they came from, and what is odd about them."""
    for recorded in batch:
        event = recorded.event
        if type(event) in REPORT_KINDS:  # nearly all are, and of those nearly all as documented
            if event.drift:  # type: ignore[union-attr]
                yield recorded, event.source, event.drift  # type: ignore[union-attr]
        elif isinstance(event, CallObserved | InsightFetched | RecordingRequested) and event.drift:
            yield recorded, "api", event.drift
        elif isinstance(event, UsageObserved) and (drift := usage_drift(event.body)):
            yield recorded, "api", drift


def warn_of_drift(batch: Sequence[Recorded]) -> None:
    """Say what of each is odd; it repeats nothing of what MiniVoice wrote."""
    for recorded, source, drift in drifted(batch):
        event = recorded.event
        log.warning(
            "report not as documented",
            call_id=call_id_of(recorded.stream),
            report=report_name(event) if isinstance(event, Report) else recorded.name,
            source=source,
            drift="; ".join(drift),
            position=recorded.position,
        )
