import pytest

from domain import call
from projections.call_journey import in_no_known_order, journey
from tests.domain.given import report
from tests.projections.recording import delivered


@pytest.mark.parametrize(
    ("reports", "unknown"),
    [
        ([report("call.created", 0), report("call.answered", 0), report("call.completed", 0)], []),
        ([report("call.gathered", 5, note="a"), report("call.gathered", 5, note="b")], ["call.gathered"] * 2),
        ([report("call.gathered", 5), report("recording.started", 5)], ["call.gathered", "recording.started"]),
        ([report("call.gathered", 5), report("recording.started", 6)], []),
        ([report("call.gathered", 5.25), report("recording.started", 5.75)], []),
        ([report("call.gathered", 5), report("call.completed", 5)], []),
    ],
)
def test_of_what_happened_in_one_second_the_order_is_known_only_where_a_call_must_have_it(
    reports: list[call.ReportEvent], unknown: list[str]
) -> None:
    found = journey("c1", delivered(reports))
    assert found is not None
    entries = found.entries
    marked = in_no_known_order(entries)
    assert sorted(entry.event for entry in entries if entry.position in marked) == sorted(unknown)
