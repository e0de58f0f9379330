from collections import Counter
from pathlib import Path

import pytest
from msgspec.structs import replace

from domain.policy import ConsentRules, Policy
from projections import recipient_status
from projections.prospects import Forecast, Prospect
from projections.read_time_rules import ReadTimeRules
from projections.views import snapshot
from tests.projections.chance import Random, small_history
from tests.projections.history import NUMBERS, ONE, SPRING, THREE, TWO, World
from tests.projections.kept_views import catch_up, new_store
from tests.projections.kept_world import stream_of
from tests.projections.recounted import Recounted

ROWS_MAX = 100_000


def told(people: Counter[Prospect]) -> Counter[Prospect]:
    """Why somebody stands there is told only of those who are held."""
    found: Counter[Prospect] = Counter()
    for one, count in people.items():
        found[one if one.status == "held" else Prospect(one.status, None, None)] += count
    return found


@pytest.mark.parametrize("seed", range(12))
def test_where_everybody_stands_is_what_each_row_says(tmp_path: Path, seed: int) -> None:
    made = small_history(Random(seed), 40)
    expected = Recounted(made.ledger)
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            for campaign_id, number in expected.numbers.items():
                state = expected.campaigns[campaign_id]
                rows = recipient_status.page(taken.connection, number, 0, ROWS_MAX, None)
                for only in (None, NUMBERS[:1]):
                    rules = ReadTimeRules(state.phase == "canceled", only, state.plan.policy)
                    for now in expected.instants(campaign_id, only):
                        forecast = Forecast(taken, made.ledger.read_streams, stream_of, number, state, only, now)
                        each: Counter[Prospect] = Counter()
                        for row in rows:
                            own = row.enrollment
                            shown = rules.shown(row.standing, own.number, own.zone_key, now)
                            prospect = Prospect(shown.status, shown.reason, shown.until)
                            each[forecast._before_the_start(state.plan, prospect)] += 1
                        assert told(forecast.as_it_stands()) == told(each)


def test_under_another_purpose_those_stand_otherwise_whose_consent_is_for_one_of_them(tmp_path: Path) -> None:
    made, required = World(), ConsentRules(required=True)
    made.create(SPRING, Policy(purpose="news", consent=required))
    made.change(SPRING, "start")
    for number, purpose in ((ONE, "news"), (TWO, "sales"), (THREE, "sales")):
        made.enroll(number, SPRING)
        made.consent(number, purpose)
    state = made.campaigns[SPRING]
    plans = [state.plan, replace(state.plan, policy=Policy(purpose="sales", consent=required))]
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            forecast = Forecast(taken, made.ledger.read_streams, stream_of, 1, state, None, made.now)
            found: Counter[tuple[str, ...]] = Counter()
            for group, people in forecast.under(plans).groups.items():
                found[tuple(one.status for one in group.under)] += people
    assert found == {("queued", "held"): 1, ("held", "queued"): 2}
