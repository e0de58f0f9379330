"""What one more report costs does not grow with the call, in whatever it is told of."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from domain import call
from domain.call import CallEvent, CallHistory, CallObserved, CallSnapshot, evolve
from tests.domain.given import at, call_told, claimed, report
from tests.work import Work, work_of

ENDS = ("call.completed", "call.failed", "call.canceled")
KINDS: dict[str, Callable[[int], CallEvent]] = {
    "one key, ever other bodies": lambda n: report("call.answered", 3, event_key="k", note=str(n)),
    "ends that contradict": lambda n: report(ENDS[n % 3], n, note=str(n)),
    "ends before the call began": lambda n: report(ENDS[n % 3], -n - 3_600, note=str(n)),
    "ends without a time": lambda n: report(ENDS[n % 3], None, note=str(n)),
    "ever earlier beginnings": lambda n: report("call.created", -n, note=str(n)),
    "ever earlier answers": lambda n: report("call.answered", -n, note=str(n)),
    "digits": lambda n: replace(report("call.gathered", n, event_key=str(n)), digits=str(n)),
    "recordings": lambda n: report("recording.completed", n, event_key=str(n)),
    "unknown names": lambda n: report(f"call.name_{n}", n),
    "echoes": lambda n: report("call.new", n, snapshot=CallSnapshot(attempt_id=f"a{n}")),
    "drifted fields": lambda n: replace(report("call.new", None, note=str(n)), drift=(f"odd {n}",)),
    "claims": lambda n: claimed(f"a{n}", "metadata"),
    "answers to GET": lambda n: CallObserved(digest=str(n), body="{}", status="in-progress"),
}


def told(kind: str, reports: int) -> CallHistory:
    history = call_told([report("call.created", 0), report("call.completed", 30)])
    for n in range(reports):
        event = KINDS[kind](n * 7_919 % reports)
        history = evolve(history, event, at(40))
    return history


def one_more(history: CallHistory, event: CallEvent) -> object:
    if isinstance(event, call.Report):
        call.receive(history, event)
    elif isinstance(event, call.CallClaimed):
        call.claim(history, event)
    state = evolve(history, event, at(40)).state
    shown = ("phase", "reached", "step", "ended_at", "end_learned_at", "contested", "is_clock_odd", "answered_at")
    return [getattr(state, one) for one in shown], state.ends.contradict(state.not_before)


@pytest.mark.no_cover
@pytest.mark.parametrize("kind", KINDS)
def test_one_more_report_is_as_much_work_for_a_call_of_ten_times_as_many(kind: str) -> None:
    works: list[Work] = []
    for reports in (500, 5_000):
        history, event = told(kind, reports), KINDS[kind](reports + 1)
        works.append(work_of(lambda history=history, event=event: one_more(history, event)))  # type: ignore[misc]

    assert works[1].is_about(works[0], 2), works


@pytest.mark.no_cover
def test_one_more_delivery_of_a_report_is_as_much_work_after_ten_times_as_many_others() -> None:
    again = report("call.answered", 3, event_key="k", note="7")
    said = call.CallRedelivered(key=again.key, digest=again.digest)

    def delivered(history: CallHistory) -> object:
        return call.receive(history, again), evolve(history, said, at(40))

    few, many = (told("one key, ever other bodies", reports) for reports in (500, 5_000))
    one, other = work_of(lambda: delivered(few)), work_of(lambda: delivered(many))

    assert other.is_about(one, 2), (one, other)
