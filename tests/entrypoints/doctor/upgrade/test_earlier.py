from msgspec.structs import replace

from domain.account import UsageObserved
from domain.events import EVENTS
from entrypoints.doctor.upgrade.earlier import NAMES, is_known
from tests.domain.given import ONE_OF_EACH
from tests.releases.kept import FIXTURES, read_answers


def test_what_the_release_recorded_it_knew_and_each_of_its_names_is_there_still() -> None:
    kept = read_answers(FIXTURES / "0.1.0" / "sqlite")
    recorded = {
        item["event"] for question, answer in kept if question.ask.startswith("/v1/events") for item in answer["items"]
    }

    assert recorded <= NAMES <= set(EVENTS)
    assert (len(recorded) >= 30, len(NAMES)) == (True, 43)


def test_it_did_not_know_a_later_name_or_usage_without_a_figure() -> None:
    usage = next(event for event in ONE_OF_EACH if isinstance(event, UsageObserved))

    assert {event.NAME for event in ONE_OF_EACH if not is_known(event)} == set(EVENTS) - NAMES
    assert not is_known(replace(usage, calls=None))
