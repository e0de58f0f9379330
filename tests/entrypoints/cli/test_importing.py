"""A file goes to the server in batches, and what became of its rows is added up."""

import json
from pathlib import Path

import pytest

from entrypoints.cli import importing, sent_file
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi
from tests.entrypoints.cli.sending import PATH, answer, write


def test_a_file_goes_in_batches_under_one_import(dialtrail: Run, campaign: FakeApi, file: Path) -> None:
    write(file, "+15551230002,Europe/Berlin,Ada", "+15551230003,,", "+15551230004,,Cy")
    campaign.answers("POST", f"{PATH}/recipients", answer(rows=2, enrolled=1, already_enrolled=1))
    campaign.answers("POST", f"{PATH}/recipients", answer(rows=1, enrolled=1))

    said = (0, "spring_followup: 3 rows, 2 enrolled, 1 already enrolled\n", "")
    assert dialtrail("recipients", "import", "spring_followup", str(file)) == said
    first, second = (one.body for one in campaign.asked if one.method == "POST")
    assert first["recipients"] == [
        {"line": 2, "number": "+15551230002", "zone": "Europe/Berlin", "variables": {"name": "Ada"}},
        {"line": 3, "number": "+15551230003", "zone": None, "variables": {"name": ""}},
    ]
    assert [one["line"] for one in second["recipients"]] == [4]
    assert first["import"] == second["import"] != ""


def test_of_very_many_complaints_all_are_said_and_the_first_kept(
    dialtrail: Run, campaign: FakeApi, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sent_file, "COMPLAINTS_KEPT_MAX", 2)
    write(file, *["x,,"] * 5)

    code, data, talk = dialtrail("recipients", "import", "spring_followup", str(file), "--json")

    summary = json.loads(data)
    assert (code, talk.count("\n")) == (1, 5)
    assert (len(summary["complaints"]), summary["complaints_omitted"], summary["rejected"]) == (2, 3, 5)


def test_a_callback_that_nobody_may_keep_is_said_of_its_row(
    dialtrail: Run, campaign: FakeApi, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "REMARKS_KEPT_MAX", 1)
    write(file, "+15551230002,,Ada", "+15551230003,,Bo")
    remarks = [
        {"line": line, "field": "callback_at", "cell": "2026-06-01T09:00 UTC", "reason": "is not kept"}
        for line in (2, 3)
    ]
    campaign.answers("POST", f"{PATH}/recipients", {**answer(rows=2, enrolled=2), "remarks": remarks})

    code, data, talk = dialtrail("recipients", "import", "spring_followup", str(file), "--json")

    told = json.loads(data)
    assert (code, told["remarks"], told["remarks_omitted"]) == (0, remarks[:1], 1)
    assert talk.splitlines() == [
        f"{file}, line {line}: callback_at 2026-06-01T09:00 UTC: is not kept" for line in (2, 3)
    ]


@pytest.mark.parametrize(
    ("omitted", "said_max", "last"),
    [
        ((3, 4), 20, ["and 7 more complaints"]),
        ((1, 0), 20, ["and 1 more complaint"]),
        ((3, 4), 1, ["and 8 more complaints"]),
        ((0, 0), 20, []),
    ],
)
def test_what_the_server_leaves_out_of_its_complaints_is_added_up(
    dialtrail: Run,
    campaign: FakeApi,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    omitted: tuple[int, int],
    said_max: int,
    last: list[str],
) -> None:
    monkeypatch.setattr(importing, "COMPLAINTS_SAID_MAX", said_max)
    write(file, "+15551230002,,Ada", "+15551230003,,Bo", "+15551230004,,Cy")
    for line, count in zip((2, 4), omitted, strict=True):
        complaints = [{"line": line, "field": "variables", "cell": "", "reason": "lack one"}]
        said = {**answer(rows=8, rejected=1 + count), "complaints": complaints, "complaints_omitted": count}
        campaign.answers("POST", f"{PATH}/recipients?preview=true", said)

    _, data, talk = dialtrail("recipients", "import", "spring_followup", str(file), "--preview", "--json")

    told = json.loads(data)
    assert (len(told["complaints"]), told["complaints_omitted"], told["rejected"]) == (
        2,
        sum(omitted),
        2 + sum(omitted),
    )
    assert [line for line in talk.splitlines() if line.startswith("and ")] == last
