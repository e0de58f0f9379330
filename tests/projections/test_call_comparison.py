import hashlib
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain import call
from domain.events import Recorded
from projections import call_comparison
from projections.call_comparison import CallComparison, FieldDifference, Pair, compare_calls
from tests.domain.given import claimed
from tests.projections.recording import at, call_recorded

OTHER_NUMBERS = {"+15551230001": "+15559990001", "+15551230002": "+15559990002"}
NAMES = ["call.created", "call.answered", "call.gathered", "recording.started", "call.completed", "made.up"]


def told(
    name: str, seconds: float, *, call_id: str = "c1", to: str = "+15551230002", data: dict[str, Any] | None = None
) -> call.ReportEvent:
    """A webhook as MiniVoice writes it, with what every call has as its own."""
    said = {
        "event": name,
        "created_at": at(seconds).isoformat(),
        "call": {"id": call_id, "from": "+15551230001", "to": to, "status": "in_progress", "provider_call_id": call_id[::-1]},
        "data": {"event_key": f"{call_id}:{name}", **(data or {})},
    }  # fmt: skip
    body = json.dumps(said)
    snapshot = call.CallSnapshot(status="in_progress", from_number="+15551230001", to_number=to)
    digest = hashlib.sha256(body.encode()).hexdigest()
    common: dict[str, Any] = {
        "source": "webhook",
        "key": f"{call_id}:{name}:{seconds}",
        "digest": digest,
        "body": body,
        "occurred_at": at(seconds),
        "snapshot": snapshot,
    }
    kind = call.REPORTS.get(name)
    if kind is call.CallGathered:
        return call.CallGathered(digits=(data or {}).get("digits"), **common)
    return call.CallReported(name=name, **common) if kind is None else kind(**common)


def served(seconds: float, text: str, step: str = "menu") -> call.AnswerServed:
    return call.AnswerServed(
        occurred_at=at(seconds),
        step=step,
        request='{"method":"GET"}',
        actions=json.dumps({"actions": [{"say": {"text": text}}]}),
        duration_ms=1.5 + seconds,
    )


def stream(*events: call.CallEvent, seconds: Sequence[float] | None = None) -> list[Recorded]:
    return call_recorded(events, seconds)


def compared(a: list[Recorded], b: list[Recorded]) -> CallComparison:
    found = compare_calls("c1", a, "c2", b)
    assert found is not None
    return found


def in_one_only(found: CallComparison) -> list[tuple[str, str]]:
    only: list[tuple[str, Pair]] = [("a", pair) for pair in found.pairs if pair.b_position is None]
    only += [("b", pair) for pair in found.pairs if pair.a_position is None]
    return [(side, pair.event) for side, pair in only]


def test_of_a_call_that_nobody_spoke_of_there_is_nothing_to_compare() -> None:
    assert compare_calls("c1", [], "c2", stream(told("call.created", 0))) is None
    assert compare_calls("c1", stream(told("call.created", 0)), "c2", []) is None


def test_what_every_call_has_as_its_own_is_no_difference() -> None:
    a = stream(told("call.created", 0), claimed("att_1", "response"), told("call.answered", 3), served(3, "Hello"))
    own: dict[str, Any] = {"call_id": "c2", "to": "+15559990002"}
    b = stream(
        told("call.created", 100, **own),
        claimed("att_2", "response"),
        told("call.answered", 103, **own),
        served(103, "Hello"),
    )

    found = compared(a, b)

    assert (found.state, found.left_out) == ((), 0)
    assert in_one_only(found) == []
    assert [pair.differences for pair in found.pairs] == [()] * 4


def test_seconds_count_from_each_calls_own_beginning() -> None:
    found = compared(
        stream(told("call.created", 0), told("call.answered", 3)),
        stream(told("call.created", 50, call_id="c2"), told("call.answered", 57.5, call_id="c2")),
    )

    assert [(pair.event, pair.a_after_seconds, pair.b_after_seconds) for pair in found.pairs] == [
        ("call.created", 0.0, 0.0),
        ("call.answered", 3.0, 7.5),
    ]


def test_the_order_of_digits_and_how_often_they_were_pressed_make_a_difference() -> None:
    def pressing(call_id: str, *digits: str) -> list[Recorded]:
        gathers = [
            told("call.gathered", seconds, call_id=call_id, data={"digits": one}) for seconds, one in enumerate(digits)
        ]
        return stream(*gathers)

    found = compared(pressing("c1", "2", "1", "2"), pressing("c2", "1", "2"))
    assert found.state == (FieldDifference("digits", "2, 1, 2", "1, 2"),)
    assert compared(pressing("c1", "1", "2"), pressing("c2", "1", "2")).state == ()


def test_other_digits_are_named_by_their_place_in_the_providers_own_words() -> None:
    found = compared(
        stream(told("call.gathered", 5, data={"digits": "1"})),
        stream(told("call.gathered", 5, call_id="c2", data={"digits": "2"})),
    )

    assert found.pairs[0].differences == (
        FieldDifference("body.data.digits", "1", "2"),
        FieldDifference("digits", "1", "2"),
    )
    assert found.state == (FieldDifference("digits", "1", "2"),)


def test_what_a_served_answer_said_otherwise_is_found() -> None:
    found = compared(stream(served(3, "Press 1.")), stream(served(9, "Press 2.")))

    (pair,) = found.pairs
    assert (pair.event, pair.step) == ("answer.served", "menu")
    assert pair.differences == (FieldDifference("actions.actions[0].say.text", "Press 1.", "Press 2."),)


def test_links_that_lead_each_call_on_are_its_own_and_where_they_lead_is_not() -> None:
    def asked(link: str, at: str) -> call.AnswerServed:
        said = {"actions": [{"say": {"text": "Hello"}}, {"redirect": {"url": link, "method": "GET"}}]}
        request = json.dumps({"method": "GET", "query": {"dt_at": at}})
        return replace(served(3, "Hello"), actions=json.dumps(said), request=request)

    mine, same, other = (
        asked("https://a.example/answer?dt_at=1&dt_sig=2", "1"),
        asked("https://a.example/answer?dt_at=3&dt_sig=4", "3"),
        asked("https://b.example/answer?dt_at=3&dt_sig=4", "3"),
    )

    assert compared(stream(mine), stream(same)).pairs[0].differences == ()
    assert compared(stream(mine), stream(other)).pairs[0].differences == (
        FieldDifference("actions.actions[1].redirect.url", "https://a.example/answer", "https://b.example/answer"),
    )


def test_answers_of_other_steps_are_not_held_beside_each_other() -> None:
    found = compared(stream(served(3, "Hello", "greeting")), stream(served(3, "Hello", "menu")))

    assert in_one_only(found) == [("a", "answer.served"), ("b", "answer.served")]


def test_what_happened_in_one_only_is_told_between_what_happened_in_both() -> None:
    a = stream(told("call.created", 0), told("call.answered", 3), told("call.completed", 9))
    b = stream(told("call.created", 0, call_id="c2"), told("call.failed", 9, call_id="c2"))

    found = compared(a, b)

    assert [(pair.event, pair.a_position, pair.b_position) for pair in found.pairs] == [
        ("call.created", 1, 1),
        ("call.answered", 2, None),
        ("call.completed", 3, None),
        ("call.failed", None, 2),
    ]
    assert {one.field for one in found.state} == {"outcome", "reached", "step", "talk_seconds"}


def test_very_many_entries_are_counted_and_left_out(monkeypatch: Any) -> None:
    monkeypatch.setattr(call_comparison, "ENTRIES_COMPARED_MAX", 2)
    many = [told("made.up", seconds) for seconds in range(5)]

    found = compared(stream(*many), stream(*many[:3]))

    assert (len(found.pairs), found.left_out) == (2, 4)


def test_a_body_that_is_no_json_is_compared_as_the_text_it_is() -> None:
    a, b = (
        call.CallReported(source="webhook", key="k", digest=text, body=text, name="made.up") for text in ("{oops", "[")
    )

    assert compared(stream(a), stream(b)).pairs[0].differences == (FieldDifference("body", "{oops", "["),)


EVENTS = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 60), st.sampled_from(["1", "2", None])), min_size=1, max_size=8)  # fmt: skip


def drawn(events: list[tuple[str, int, str | None]], later: int = 0, **own: str) -> list[Recorded]:
    said = [told(name, seconds + later, data={"digits": digits}, **own) for name, seconds, digits in events]
    return stream(*said, seconds=[100 + later] * len(said))


@given(events=EVENTS, later=st.integers(0, 10_000))
def test_a_call_is_the_same_as_one_like_it_under_another_id_at_another_time(
    events: list[tuple[str, int, str | None]], later: int
) -> None:
    # What happened in the same second has no order but that of its digest, which is another in each call.
    events = list({seconds: (name, seconds, digits) for name, seconds, digits in events}.values())
    found = compared(drawn(events), drawn(events, later, call_id="c2", to="+15559990002"))

    assert found.state == ()
    assert all(pair.a_position == pair.b_position and not pair.differences for pair in found.pairs)


@given(a=EVENTS, b=EVENTS)
def test_nothing_of_either_call_is_lost_and_nothing_is_told_twice(
    a: list[tuple[str, int, str | None]], b: list[tuple[str, int, str | None]]
) -> None:
    found = compared(drawn(a), drawn(b, call_id="c2"))

    assert sorted(p.a_position for p in found.pairs if p.a_position is not None) == list(range(1, len(a) + 1))
    assert sorted(p.b_position for p in found.pairs if p.b_position is not None) == list(range(1, len(b) + 1))
