"""What makes two reports the same, and in which order things of one instant are told."""

import pytest

from domain.call import ONCE_PER_CALL, RANK, REPORTS, CallReported, report_key, report_name
from domain.events import EVENTS
from tests.domain.given import ONE_OF_EACH_CALL, report


def test_every_event_of_a_call_has_a_rank_of_its_own() -> None:
    assert set(RANK) == {event.NAME for event in ONE_OF_EACH_CALL}
    assert sorted(RANK.values()) == list(range(len(RANK)))


def test_a_call_is_told_from_its_creation_to_its_end() -> None:
    told = ["call.created", "call.answered", "answer.served", "call.gathered", "call.completed", "recording.completed"]

    assert sorted(told, key=RANK.__getitem__) == told


def test_reports_are_the_names_that_the_provider_uses_and_we_know() -> None:
    assert {name: EVENTS[name] for name in REPORTS} == dict(REPORTS)
    assert CallReported not in REPORTS.values()


def test_a_report_is_called_what_the_provider_called_it() -> None:
    assert [report_name(report("call.answered")), report_name(report("call.transferred"))] == [
        "call.answered",
        "call.transferred",
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # The provider's key decides, whatever time and body go with it.
        (("webhook", "call.gathered", "k1", "t1", "d1"), ("webhook", "call.gathered", "k1", "t2", "d2")),
        # What happens once in a call is the same without a key, too.
        *(
            (("webhook", name, None, "t1", "d1"), ("webhook", name, None, "t2", "d2"))
            for name in ("call.created", "call.answered", "call.completed", "call.failed", "call.canceled")
        ),
        # What may happen often is the same only at the same time with the same body.
        (("webhook", "call.gathered", None, "t1", "d1"), ("webhook", "call.gathered", None, "t1", "d1")),
        (("webhook", "call.transferred", None, None, "d1"), ("webhook", "call.transferred", None, None, "d1")),
        # The API repeats itself only with the same body.
        (("api", "call.completed", None, "t1", "d1"), ("api", "call.completed", None, "t2", "d1")),
    ],
)
def test_these_are_one_report(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert report_key(*one) == report_key(*other)  # type: ignore[arg-type]  # the first is a Source


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("webhook", "call.gathered", "k1", "t1", "d1"), ("webhook", "call.gathered", "k2", "t1", "d1")),
        (("webhook", "call.created", "k1", "t1", "d1"), ("webhook", "call.answered", "k1", "t1", "d1")),
        (("webhook", "call.gathered", None, "t1", "d1"), ("webhook", "call.gathered", None, "t2", "d1")),
        (("webhook", "call.gathered", None, "t1", "d1"), ("webhook", "call.gathered", None, "t1", "d2")),
        (("webhook", "call.transferred", None, None, "d1"), ("webhook", "call.transferred", None, None, "d2")),
        (("webhook", "call.completed", None, "t1", "d1"), ("api", "call.completed", None, "t1", "d1")),
        (("api", "call.completed", None, "t1", "d1"), ("api", "call.completed", None, "t1", "d2")),
    ],
)
def test_these_are_two_reports(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert report_key(*one) != report_key(*other)  # type: ignore[arg-type]  # the first is a Source


def test_the_once_per_call_events_are_the_five_of_the_design() -> None:
    assert {"call.created", "call.answered", "call.completed", "call.failed", "call.canceled"} == ONCE_PER_CALL
