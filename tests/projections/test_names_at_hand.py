from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy

from projections.call_index import CALL
from projections.campaign_summary.tables import CAMPAIGN
from projections.names_at_hand import names_at_hand
from projections.recipient_status.tables import ENROLLMENT
from projections.store import METADATA

NAMES_MAX = 3


def call(place: int, call_id: str, campaign_id: str | None) -> dict[str, object]:
    flags = dict.fromkeys(("reached", "is_open", "is_unclaimed", "is_echoing"), False)
    told = {"phase": "ended", "plain_outcome": "answered", "person_proofs": "", "anomalies": ""}
    heard = {"first_heard_at": 1, "heard_at": 1}
    return {"place": place, "call_id": call_id, "campaign_id": campaign_id, **flags, **told, **heard}


@pytest.fixture
def views(tmp_path: Path) -> Path:
    """A views file with two campaigns, three people of one and one of the other, and calls."""
    file = tmp_path / "of % and ?" / "views.db"
    file.parent.mkdir()
    engine = sqlalchemy.create_engine(sqlalchemy.URL.create("sqlite", database=str(file)))
    METADATA.create_all(engine, tables=[CALL, CAMPAIGN, ENROLLMENT])
    with closing(engine.connect()) as connection:
        for campaign, name in ((1, "spring_a"), (2, "spring_b")):
            row = {"campaign": campaign, "campaign_id": name, "changed_position": 1, "counters": ""}
            connection.execute(CAMPAIGN.insert(), row)
        for place, (campaign, number) in enumerate([(1, "+4930"), (1, "+1555"), (2, "+1556"), (1, "+1557")]):
            person = {"campaign": campaign, "place": place, "stream": "s", "number": number}
            connection.execute(ENROLLMENT.insert(), {**person, "zone_key": "", "variables": ""})
        for place, (name, campaign_id) in enumerate(
            [
                ("call_1", "spring_a"),
                ("call_2", None),
                ("x*", "spring_b"),
                ("call_3", "spring_b"),
                ("call_4", "spring_b"),
            ]
        ):
            connection.execute(CALL.insert(), call(place, name, campaign_id))
        connection.commit()
    engine.dispose()
    return file


def test_names_are_those_that_begin_so(views: Path) -> None:
    before = sorted(views.parent.iterdir())

    assert names_at_hand(views, "campaigns", "", "", NAMES_MAX) == ["spring_a", "spring_b"]
    assert names_at_hand(views, "campaigns", "spring_b", "", NAMES_MAX) == ["spring_b"]
    assert names_at_hand(views, "numbers", "+15", "spring_a", NAMES_MAX) == ["+1555", "+1557"]
    assert names_at_hand(views, "numbers", "", "autumn", NAMES_MAX) == []
    assert sorted(views.parent.iterdir()) == before


def test_the_latest_calls_come_first_and_no_more_than_asked_for(views: Path) -> None:
    assert names_at_hand(views, "calls", "call_", "", NAMES_MAX) == ["call_4", "call_3", "call_2"]
    assert names_at_hand(views, "calls", "", "spring_a", NAMES_MAX) == ["call_1"]
    assert names_at_hand(views, "calls", "x*", "", NAMES_MAX) == ["x*"]
    assert names_at_hand(views, "calls", "[c]all", "", NAMES_MAX) == []
