"""What a report is called, and what makes it the same as another of its call."""

from domain.call.events import CallReported, ReportEvent, Source

ONCE_PER_CALL = frozenset({"call.created", "call.answered", "call.completed", "call.failed", "call.canceled"})


def report_name(report: ReportEvent) -> str:
    """What the provider called it."""
    return report.name if type(report) is CallReported else report.NAME


def report_key(source: Source, name: str, event_key: str | None, created_at: str | None, digest: str) -> str:
    """What makes a report the same as another of its call.

    The provider's own `event_key` where it gives one; the event's name where it happens once in a call; else also the
    time and the body. What the API said never has the key of what a webhook said: they are two witnesses.
    """
    if source == "api":
        return f"api|{name}|{digest}"
    if event_key is not None:
        return f"{name}|key|{event_key}"
    if name in ONCE_PER_CALL:
        return name
    return f"{name}|at|{created_at or ''}|{digest}"
