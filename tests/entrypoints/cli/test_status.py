import json
import signal
import sys
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from entrypoints.settings import child_environment
from tests.child_process import ChildProcess
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import CAMPAIGN, FakeApi
from tests.entrypoints.cli.terminal import on_a_terminal, without_colours

CHECKOUT = Path(__file__).parents[3]
PATH = "/v1/campaigns/spring_followup"


@pytest.mark.parametrize(
    ("pause", "said"),
    [
        (
            {
                "scope": "account",
                "cause": "provider",
                "code": "insufficient_balance",
                "status": 402,
                "body": '{"error":{}}',
                "at": "2026-05-29T12:00:00.000000Z",
                "reason": "the balance behind the key is used up",
                "what_to_do": "add balance at MiniVoice, then resume",
            },
            [
                "the whole account is paused by provider at 2026-05-29T12:00:00.000000Z: 402 insufficient_balance",
                "the balance behind the key is used up",
                'MiniVoice said: {"error":{}}',
                "what to do: add balance at MiniVoice, then resume",
            ],
        ),
        (
            {
                "scope": "campaign",
                "cause": "breaker",
                "code": "failures",
                "at": "2026-05-29T12:00:00.000000Z",
                "reason": "too many of the last calls failed",
                "evidence": {"count": "6", "of_attempts": "10"},
                "what_to_do": "look at the failed calls",
            },
            [
                "paused by breaker at 2026-05-29T12:00:00.000000Z: failures",
                "too many of the last calls failed",
                "count 6, of_attempts 10",
                "what to do: look at the failed calls",
            ],
        ),
        (
            {
                "scope": "campaign",
                "cause": "provider",
                "code": None,
                "status": 403,
                "body": "x" * 401,
                "at": "2026-05-29T12:00:00.000000Z",
                "probes": 2,
                "probe_at": "2026-05-29T12:05:00.000000Z",
            },
            [
                "paused by provider at 2026-05-29T12:00:00.000000Z: 403",
                "MiniVoice said: " + "x" * 400 + " …",
                "one single call tries it at 2026-05-29T12:05:00.000000Z, after 2 that did not help",
            ],
        ),
        (
            {"scope": "campaign", "cause": "operator", "code": None, "at": "2026-05-29T12:00:00.000000Z"},
            ["paused by operator at 2026-05-29T12:00:00.000000Z"],
        ),
    ],
)
def test_a_pause_says_who_and_what_to_do(dialtrail: Run, api: FakeApi, pause: dict[str, Any], said: list[str]) -> None:
    api.answers("GET", PATH, {**CAMPAIGN, "state": "paused", "pause": pause})

    code, data, _ = dialtrail("status", "spring_followup")

    assert (code, data.splitlines()[: len(said) + 2]) == (0, ["spring_followup: paused", *said, ""])


def test_a_status_that_this_version_does_not_know_is_counted_too(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", PATH, {**CAMPAIGN, "recipients": {"asleep": 2, "queued": 1}})

    assert [line.split() for line in dialtrail("status", "spring_followup").data.splitlines()[2:]] == [
        ["recipients", "count", "share"],
        ["queued", "1", "33.3%"],
        ["asleep", "2", "66.7%"],
        ["all", "3"],
    ]


def test_the_past_is_asked_for_in_utc_and_shown_in_the_zone(dialtrail: Run, api: FakeApi) -> None:
    pause = {"scope": "campaign", "cause": "operator", "code": None, "at": "2026-05-29T12:00:00.000000Z"}
    found = {**CAMPAIGN, "state": "paused", "pause": pause, "judged_at": "2026-05-29T13:00:00.000000Z"}
    api.answers("GET", f"{PATH}?as_of=2026-05-29T13%3A00%3A00.000000Z&at_least=7", found)

    words = ("--as-of", "2026-05-29T15:00", "--tz", "Europe/Berlin", "--at-least", "7")
    code, data, talk = dialtrail("status", "spring_followup", *words)

    assert (code, talk) == (0, "")
    assert data.splitlines()[:2] == [
        "spring_followup: paused",
        "paused by operator at 2026-05-29T14:00:00.000000+02:00",
    ]
    assert data.splitlines()[-1] == "as of position 1234, judged at 2026-05-29T15:00:00.000000+02:00"


def test_a_view_that_is_behind_is_a_failure_in_the_servers_words(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{PATH}?at_least=9", {"detail": "the view is at position 7 of 9; try again"}, 503)

    said = (1, "", "dialtrail: the view is at position 7 of 9; try again\n")
    assert dialtrail("status", "spring_followup", "--at-least", "9") == said


def test_off_a_terminal_watching_shows_each_change_until_the_campaign_is_over(dialtrail: Run, api: FakeApi) -> None:
    states = [
        {**CAMPAIGN, "position": 1},
        {**CAMPAIGN, "position": 2},
        {**CAMPAIGN, "state": "canceled", "recipients": {"dialing": 1}, "position": 3},
        {**CAMPAIGN, "state": "canceled", "recipients": {"canceled": 1}, "position": 4},
    ]
    for state in states:
        api.answers("GET", PATH, state)

    code, data, talk = dialtrail("status", "spring_followup", "--watch", "--every", "0.5", "--json")

    assert (code, talk) == (0, "")
    assert [json.loads(line)["position"] for line in data.splitlines()] == [1, 3, 4]


def test_watching_in_words_parts_one_showing_from_the_next(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", PATH, CAMPAIGN)
    api.answers("GET", PATH, {**CAMPAIGN, "state": "completed"})

    code, data, _ = dialtrail("status", "spring_followup", "--watch", "--every", "0.5")

    first, second = data.split("spring_followup: ")[1:]
    assert (code, "\x1b" in data) == (0, False)
    assert first.startswith("running\n")
    assert first.endswith("\n\n")
    assert second.startswith("completed\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--every", "5"], "--every: goes with --watch"),
        (["--watch", "--as-of", "7"], "--watch: is of what is known now"),
        (["--watch", "--every", "0.1"], "at least 0.5"),
    ],
)
def test_what_does_not_go_with_watching_is_said(dialtrail: Run, words: list[str], said: str) -> None:
    code, data, talk = dialtrail("status", "spring_followup", *words)

    assert (code, data) == (2, "")
    assert said in talk


def test_where_nothing_runs_there_is_nothing_to_watch(dialtrail: Run, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text('{"id": "spring_followup", "from": "+15551230001"}')
    assert dialtrail("campaign", "create", str(plan))[0] == 0

    code, data, talk = dialtrail("status", "spring_followup", "--watch")

    assert (code, data) == (1, "")
    assert talk == "dialtrail: --watch: nothing moves while nothing runs here; start it with: dialtrail up\n"


def test_ctrl_c_ends_the_watching_with_130(api: FakeApi) -> None:
    api.answers("GET", PATH, CAMPAIGN)
    command = [sys.executable, "-m", "entrypoints.cli", "status", "spring_followup", "--watch", "--every", "3600"]
    environment = child_environment({"DIALTRAIL_URL": api.url})

    with ChildProcess(command, cwd=CHECKOUT, env=environment, stdout=PIPE, stderr=PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "spring_followup: running\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130
        assert process.stderr.read() == "dialtrail: interrupted\n"


def test_on_a_terminal_it_is_shown_in_one_place(api: FakeApi) -> None:
    api.answers("GET", PATH, CAMPAIGN)
    api.answers("GET", PATH, {**CAMPAIGN, "state": "completed"})

    shown = on_a_terminal(api.url, 80, "status", "spring_followup", "--watch", "--every", "0.5")

    assert shown.count("\x1b[H") == 2
    assert "completed" in without_colours(shown.rpartition("\x1b[H")[2])
