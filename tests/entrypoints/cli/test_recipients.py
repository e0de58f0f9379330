import json
from pathlib import Path

import pytest

from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import CAMPAIGN, FakeApi
from tests.entrypoints.cli.sending import PATH, answer, write
from tests.entrypoints.cli.terminal import asked_on_a_terminal
from tests.entrypoints.http.routes.enrolling import NO_COUNTRY


def test_of_a_new_campaign_the_next_command_is_told(dialtrail: Run, api: FakeApi, file: Path) -> None:
    write(file, "+15551230002,,")
    api.answers("GET", PATH, {**CAMPAIGN, "state": "created"})
    api.answers("POST", f"{PATH}/recipients", answer(rows=1, enrolled=1))

    assert dialtrail("recipients", "import", "spring_followup", str(file)).talk == (
        "next: dialtrail campaign start spring_followup\n"
    )


def test_rows_that_cannot_be_used_are_named_and_the_others_enrolled(
    dialtrail: Run, campaign: FakeApi, file: Path
) -> None:
    write(file, "555-1234,,Iris", "+15551230002,Mars/Base,", "+15551230003,,")
    repeated = {"line": 4, "field": "number", "reason": "repeats the number of line 1"}
    warning = {"line": 4, "field": "number", "reason": "not in its plan", "rows": 1}
    enrolled = {**answer(rows=1, repeated=1), "complaints": [repeated], "warnings": [warning]}
    campaign.answers("POST", f"{PATH}/recipients", enrolled)

    code, data, talk = dialtrail("recipients", "import", "spring_followup", str(file), "--json")

    summary = json.loads(data)
    assert code == 1
    assert talk.splitlines() == [
        f"{file}, line 2: number …: {NO_COUNTRY}",
        f"{file}, line 3: zone Mars/Base: is not an IANA time zone; write it like Europe/Berlin, or leave it empty",
        f"{file}, line 4: number: repeats the number of line 1",
        "warning: number: not in its plan (line 4; enrolled anyway)",
    ]
    assert [one["line"] for one in summary.pop("complaints")] == [2, 3, 4]
    assert len(summary.pop("import")) == 32
    assert summary == {
        "rows": 3,
        "enrolled": 0,
        "already_enrolled": 0,
        "repeated": 1,
        "rejected": 2,
        "complaints_omitted": 0,
        "warnings": [warning],
        "warnings_omitted": 0,
        "remarks": [],
        "remarks_omitted": 0,
    }


def test_a_region_columns_and_what_was_read_otherwise(dialtrail: Run, campaign: FakeApi, file: Path) -> None:
    file.write_bytes("Vorname;Telefon\r\nAda;0151 20000333\r\nBo;'+15551230003\r\n".encode("utf-16"))
    campaign.answers("POST", f"{PATH}/recipients", answer(rows=2, enrolled=2))
    told = ("--region", "DE", "--column", "telefon=number", "--column", "Vorname=name")

    code, _, talk = dialtrail("recipients", "import", "spring_followup", str(file), *told)

    assert (code, talk) == (
        0,
        "warning: number: begins with an apostrophe; read without it (line 3; enrolled anyway)\n",
    )
    assert campaign.asked[-1].body["recipients"] == [
        {"line": 2, "number": "+4915120000333", "zone": None, "variables": {"name": "Ada"}},
        {"line": 3, "number": "+15551230003", "zone": None, "variables": {"name": "Bo"}},
    ]


def test_what_is_no_region_or_column_is_named_by_its_option(dialtrail: Run, campaign: FakeApi, file: Path) -> None:
    write(file, "+15551230002,,")
    command = ("recipients", "import", "spring_followup", str(file))

    assert dialtrail(*command, "--region", "UK")[::2] == (
        2,
        "dialtrail: --region: is no country's code of two letters, such as DE or GB\n",
    )
    code, _, talk = dialtrail(*command, "--column", "phone")
    assert (code, talk.startswith("dialtrail: --column: is written like phone=number")) == (2, True)


def test_a_preview_shows_what_became_of_the_columns_and_enrols_nobody(
    dialtrail: Run, campaign: FakeApi, file: Path
) -> None:
    file.write_text("Telefon;name;\n+15551230002;Ada;\n4.9E+11;Bo;\n" + "x;;\n" * 25)
    foreseen = {**answer(rows=1, enrolled=1), "preview": True}
    campaign.answers("POST", f"{PATH}/recipients?preview=true", foreseen)
    command = ("recipients", "import", "spring_followup", str(file), "--column", "telefon=number", "--preview")

    code, data, talk = dialtrail(*command)

    assert (code, data.splitlines()) == (
        1,
        [
            "column   read as",
            "Telefon  number",
            "name     variable name",
            "         left out",
            "",
            "line  number  zone  variables",
            "   2  +15…02        name=Ada",
            "",
            "spring_followup: of 27 rows, 1 would be enrolled, 26 rejected",
        ],
    )
    assert talk.splitlines()[0].startswith(f"{file}, line 3: number 4.9E+11: a spreadsheet made a number of it")
    assert talk.splitlines()[-2:] == [
        "and 6 more complaints",
        "nobody was enrolled; leave out --preview to enrol them",
    ]
    shown = json.loads(dialtrail(*command, "--json").data)
    assert (shown["preview"], shown["first"][0]["number"], len(shown["columns"])) == (True, "+15…02", 3)


@pytest.mark.parametrize(("typed", "code", "posts"), [(b"n\n", 130, 0), (b"y\n", 1, 1), (None, 1, 1)])
def test_on_a_terminal_it_asks_before_it_leaves_rows_out(
    campaign: FakeApi, file: Path, typed: bytes | None, code: int, posts: int
) -> None:
    write(file, "555-1234,,Iris", "+15551230002,,")
    campaign.answers("POST", f"{PATH}/recipients", answer(rows=1, enrolled=1))
    words = ["recipients", "import", "spring_followup", str(file), *(["--yes"] if typed is None else [])]

    ended, shown = asked_on_a_terminal(campaign.url, *words, asked=b"[y/N]", typed=typed or b"")

    assert ended == code
    assert ("Enrol 1 row without the 1 that cannot be used?" in shown) is (typed is not None)
    assert len([one for one in campaign.asked if one.method == "POST"]) == posts


def test_a_bad_header_and_a_missing_file_exit_2(dialtrail: Run, campaign: FakeApi, file: Path) -> None:
    assert dialtrail("recipients", "import", "spring_followup", str(file))[::2] == (
        2,
        f"dialtrail: {file}: there is no such file\n",
    )
    file.write_text("name\nAda\n")
    code, _, talk = dialtrail("recipients", "import", "spring_followup", str(file))
    assert (code, talk.startswith(f"dialtrail: {file}: header: has no column named number; ")) == (2, True)


def test_a_wrong_campaign_is_told_before_any_row(dialtrail: Run, api: FakeApi, file: Path) -> None:
    write(file, "x,,")

    code, _, talk = dialtrail("recipients", "import", "nope", str(file))

    assert (code, talk) == (1, "dialtrail: nothing at GET /v1/campaigns/nope\n")


def test_another_spelling_is_named_where_somebody_is_suppressed_or_released(dialtrail: Run, api: FakeApi) -> None:
    given, meant = "+4402079460018", "+442079460018"
    api.answers("POST", "/v1/suppressions", {"number": given, "meant": meant, "released": []}, 201)
    api.answers("DELETE", f"/v1/suppressions/{given}", {"number": given, "meant": meant, "released": [meant]})

    assert dialtrail("recipients", "suppress", given).data == (
        f"{given} is suppressed in every campaign; it is another spelling of {meant}, who is not called either\n"
    )
    assert (
        dialtrail("recipients", "release", given).data
        == f"{given} may be called again (it was suppressed as {meant})\n"
    )


@pytest.mark.parametrize(
    ("calls", "said"),
    [
        (0, ""),
        (1, "1 call of theirs goes on to its end, or may: MiniVoice has no hang-up\n"),
        (2, "2 calls of theirs go on to their end, or may: MiniVoice has no hang-up\n"),
        (None, "how many of their calls go on to their end is not known at the moment: MiniVoice has no hang-up\n"),
    ],
)
def test_calls_that_go_on_are_said_where_somebody_is_suppressed(
    calls: int | None, said: str, dialtrail: Run, api: FakeApi, tmp_path: Path
) -> None:
    api.answers("POST", "/v1/suppressions", {"number": "+15551230002", "suppressed": True, "going_on": calls}, 201)
    assert dialtrail("recipients", "suppress", "+15551230002").talk == said

    (tmp_path / "gone.csv").write_text("number\n+15551230002\n")
    assert dialtrail("recipients", "suppress", "--file", str(tmp_path / "gone.csv")).talk == said


def test_suppress_and_release(dialtrail: Run, api: FakeApi) -> None:
    api.answers("POST", "/v1/suppressions", {"number": "+15551230002", "suppressed": True}, 201)
    api.answers("DELETE", "/v1/suppressions/+15551230002", {"number": "+15551230002", "suppressed": False})

    assert dialtrail("recipients", "suppress", "+15551230002", "--reason", "asked", "--source", "letter") == (
        0,
        "+15551230002 is suppressed in every campaign\n",
        "",
    )
    assert dialtrail("recipients", "release", "+15551230002").data == "+15551230002 may be called again\n"
    assert [one.body for one in api.asked] == [
        {"number": "+15551230002", "reason": "asked", "source": "letter"},
        None,
    ]
