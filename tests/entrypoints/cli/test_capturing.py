import json
import signal
import stat
import subprocess
import sys
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from adapters.capture_file import read_capture
from adapters.minivoice_webhook import read_delivery
from domain import call
from domain.call import CallClaimed, CallRedelivered
from domain.campaign import CampaignStarted
from domain.quarantine import DeliveryQuarantined
from entrypoints.cli import capturing, feed
from entrypoints.settings import child_environment
from tests.child_process import ChildProcess
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi
from tests.entrypoints.cli.told_deliveries import ANSWERED, CALL, CAME, CREATED, DELIVERIES, body, delivery, item, page

CHECKOUT = Path(__file__).parents[3]
EVENTS = "/v1/events"
KEPT = "they hold phone numbers: keep them as you keep those\n"
WAIT_SECONDS_MAX = 60.0


def said(position: int, event: str, seconds: float, call_id: str = CALL, **more: Any) -> dict[str, Any]:
    """A report in the feed, as it was stored."""
    report = read_delivery(body(event, seconds, call_id).encode(), {"x-minivoice-timestamp": "1"}).report
    [stored] = call.receive(call.INITIAL, report)
    found = item(position, stored, f"call:{call_id}")
    return {**found, "body": {**found["body"], **more}}


def again(position: int, first: dict[str, Any]) -> dict[str, Any]:
    redelivered = CallRedelivered(key=first["body"]["key"], digest=first["body"]["digest"], headers={"x-again": "1"})
    return item(position, redelivered, first["stream"])


def written(file: Path) -> list[tuple[str, dict[str, str]]]:
    """What a replay would read: bodies and headers."""
    with file.open("rb") as lines:
        return [(one.body.decode("latin-1"), dict(one.headers)) for one in read_capture(lines, file.name)]


def test_a_calls_deliveries_go_into_a_file_that_only_its_owner_reads(
    dialtrail: Run, api: FakeApi, tmp_path: Path
) -> None:
    api.answers("GET", f"{DELIVERIES}?after=0&limit=200", page(CAME[:2], "4"))
    api.answers("GET", f"{DELIVERIES}?after=4&limit=200", page(CAME[2:]))
    file = tmp_path / "hooks.jsonl"
    file.write_text("of before")

    code, data, talk = dialtrail("capture", str(file), "--call", CALL)

    assert (code, data, talk) == (0, "", f"3 deliveries captured, up to position 7; {KEPT}")
    assert written(file) == [(one["body"], one["headers"]) for one in CAME]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_of_the_whole_ledger_only_what_came_by_webhook_as_it_came(dialtrail: Run, api: FakeApi, tmp_path: Path) -> None:
    first = said(1, CREATED, 0)
    unreadable = DeliveryQuarantined(
        digest="d", reason="no JSON", body=b"\xff{", headers={"x-minivoice-timestamp": "9"}
    )
    others = [
        item(2, CampaignStarted(), "campaign:spring"),
        said(3, ANSWERED, 3, source="api"),
        item(4, CallClaimed(attempt_id="a", campaign_id="spring", recipient="recipient:x", how="response")),
    ]
    events = [first, *others, item(5, unreadable, "quarantine:d"), again(6, first)]
    api.answers("GET", f"{EVENTS}?after=0&limit=200", page(events))
    file = tmp_path / "hooks.jsonl"

    assert dialtrail("capture", str(file)).code == 0

    assert written(file) == [
        (body(CREATED, 0), {"x-minivoice-timestamp": "1"}),
        (b"\xff{".decode("latin-1"), {"x-minivoice-timestamp": "9"}),
        (body(CREATED, 0), {"x-again": "1"}),
    ]
    times = [json.loads(line)["received_at"] for line in file.read_text().splitlines()]
    assert times == [f"2026-03-02T09:00:0{second}.000000Z" for second in (1, 5, 6)]


def test_a_repeated_one_whose_body_is_not_remembered_is_asked_for(
    dialtrail: Run, api: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of before the position, and of what was forgotten to keep the memory small."""
    monkeypatch.setattr(feed, "RECENT_BODIES_BYTES_MAX", 10)
    first = said(3, CREATED, 0)
    api.answers("GET", f"{EVENTS}?after=2&limit=200", page([first, again(6, first)]))
    repeated = delivery(6, CREATED, 0, is_repeat=True, headers={"x-again": "1"})
    api.answers("GET", f"{DELIVERIES}?after=5&limit=1", page([repeated]))
    file = tmp_path / "hooks.jsonl"

    assert dialtrail("capture", str(file), "--after", "2").code == 0

    assert written(file)[1] == (body(CREATED, 0), {"x-again": "1"})


def test_to_standard_output_they_are_data(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{DELIVERIES}?after=0&limit=200", page(CAME))

    code, data, talk = dialtrail("capture", "-", "--call", CALL)

    assert (code, talk) == (0, f"3 deliveries captured, up to position 7; {KEPT}")
    assert [one.body.decode() for one in read_capture(data.encode().splitlines(keepends=True), "-")] == [
        one["body"] for one in CAME
    ]


def test_without_any_nothing_is_written(dialtrail: Run, api: FakeApi, tmp_path: Path) -> None:
    api.answers("GET", f"{EVENTS}?after=0&limit=200", page([]))
    file = tmp_path / "hooks.jsonl"
    file.write_text("of before")

    assert dialtrail("capture", str(file)) == (1, "", "dialtrail: no deliveries are there to capture\n")
    assert (file.read_text(), len(list(tmp_path.glob(".hooks*")))) == ("of before", 0)


def test_viewers_are_told_that_they_may_not(dialtrail: Run, api: FakeApi, tmp_path: Path) -> None:
    api.answers("GET", f"{EVENTS}?after=0&limit=200", page([{**said(1, CREATED, 0), "body": None}]))

    told = "dialtrail: deliveries are not shown to viewers; use the token of an auditor\n"
    assert dialtrail("capture", str(tmp_path / "hooks.jsonl")) == (1, "", told)
    assert list(tmp_path.glob("*hooks*")) == []


def test_one_that_breaks_off_leaves_the_file_of_before(dialtrail: Run, api: FakeApi, tmp_path: Path) -> None:
    api.answers("GET", f"{DELIVERIES}?after=0&limit=200", page(CAME[:2], "4"))
    api.answers("GET", f"{DELIVERIES}?after=4&limit=200", {"detail": "it broke"}, 500)
    file = tmp_path / "hooks.jsonl"
    file.write_text("of before")

    assert dialtrail("capture", str(file), "--call", CALL) == (1, "", "dialtrail: it broke\n")
    assert (file.read_text(), list(tmp_path.glob(".hooks*"))) == ("of before", [])


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for, and every look at the clock is a second."""
    seconds = count()
    monkeypatch.setattr(capturing, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(capturing, "monotonic", lambda: next(seconds))


@pytest.mark.usefixtures("hurried")
def test_with_follow_it_goes_on_with_what_comes_for_so_long(dialtrail: Run, api: FakeApi, tmp_path: Path) -> None:
    api.answers("GET", f"{EVENTS}?after=0&limit=200", page([]))
    api.answers("GET", f"{EVENTS}?after=0&limit=200", page([said(3, CREATED, 0)]))
    api.answers("GET", f"{EVENTS}?after=3&limit=200", page([]))
    api.answers("GET", f"{EVENTS}?after=3&limit=200", page([said(5, ANSWERED, 3)]))
    api.answers("GET", f"{EVENTS}?after=5&limit=200", page([]))
    file = tmp_path / "hooks.jsonl"

    code, data, talk = dialtrail("capture", str(file), "--follow", "--seconds", "6")

    assert (code, data) == (0, "")
    assert talk.splitlines() == [
        "0 deliveries so far; waiting for more, end it with Ctrl-C",
        f"2 deliveries captured, up to position 5; {KEPT.strip()}",
    ]
    assert [text for text, _ in written(file)] == [body(CREATED, 0), body(ANSWERED, 3)]
    assert len(api.asked) == 1 + 5


@pytest.mark.usefixtures("hurried")
def test_where_the_server_goes_meanwhile_the_file_is_whole_and_it_says_where_to_go_on(
    dialtrail: Run, api: FakeApi, tmp_path: Path
) -> None:
    api.answers("GET", f"{EVENTS}?after=0&limit=200", page([said(3, CREATED, 0)]))
    api.answers("GET", f"{EVENTS}?after=3&limit=200", {"detail": "it broke"}, 500)
    file = tmp_path / "hooks.jsonl"

    code, _, talk = dialtrail("capture", str(file), "--follow")

    assert (code, len(written(file))) == (1, 1)
    assert talk.splitlines()[1:] == [
        f"1 delivery captured, up to position 3; {KEPT.strip()}",
        "dialtrail: it broke",
    ]


def test_ctrl_c_ends_the_following_with_the_file_whole(api: FakeApi, tmp_path: Path) -> None:
    api.answers("GET", f"{EVENTS}?after=0&limit=200", page([said(3, CREATED, 0)]))
    api.answers("GET", f"{EVENTS}?after=3&limit=200", page([]))
    file = tmp_path / "hooks.jsonl"
    command = [sys.executable, "-m", "entrypoints.cli", "capture", str(file), "--follow"]
    environment = child_environment({"DIALTRAIL_URL": api.url})

    with ChildProcess(command, cwd=CHECKOUT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("1 delivery so far")
        asked = len(api.asked)
        looked = Event()
        for _ in range(int(WAIT_SECONDS_MAX / 0.02)):
            if len(api.asked) > asked + 1:
                break
            looked.wait(0.02)
        process.send_signal(signal.SIGINT)
        talk = process.stderr.read()
        code = process.wait(timeout=WAIT_SECONDS_MAX)

    assert (code, talk) == (0, f"1 delivery captured, up to position 3; {KEPT}")
    assert [text for text, _ in written(file)] == [body(CREATED, 0)]


@pytest.mark.usefixtures("ledger")
def test_beside_nothing_that_runs_nothing_comes(dialtrail: Run, tmp_path: Path) -> None:
    file = tmp_path / "hooks.jsonl"

    code, _, talk = dialtrail("capture", str(file), "--follow")

    assert (code, talk) == (
        1,
        "dialtrail: --follow: no webhooks come in here while nothing runs; start it with: dialtrail up\n",
    )
    assert not file.exists()


def test_so_many_seconds_go_with_follow(dialtrail: Run, tmp_path: Path) -> None:
    said = "dialtrail: --seconds: goes with --follow\n"
    assert dialtrail("capture", str(tmp_path / "x"), "--seconds", "3") == (2, "", said)
