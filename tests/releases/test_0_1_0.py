"""Data of 0.1.0, opened by this version: it answers what 0.1.0 answered.

A difference that is meant is named in the CHANGELOG first, and then here, with its words.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from tests.adapters.ledger.postgres_server import Server
from tests.examples import are_all_tried
from tests.in_this_process import Ran
from tests.journeys.processes import until
from tests.releases.kept import (
    ENGINES,
    FIXTURES,
    START_SECONDS_MAX,
    Answer,
    Dialtrail,
    Engine,
    Question,
    copied,
    read_answers,
    read_dump,
)

RELEASE = "0.1.0"
OUTCOMES = ("attempt.accepted", "attempt.refused", "attempt.abandoned", "attempt.unresolved", "attempt.resolved")


LATER_RULES = (
    *("answer_grace", "clock_ahead", "number_kind", "zone_data_missing", "holiday_data_missing", "lookup_failed"),
    *("caller_numbers_capped", "caller_numbers_removed", "purpose_waits", "agents_unknown", "agents_busy"),
    *("callback_waits", "declined", "consent_missing"),
    "outside_schedule",
    "on_inbound_call",
)
# "That a person answered is said only where keys were pressed": of these calls only `call.answered` was heard.
SAID_OTHERWISE = re.compile(", a person answered(?=, step )")
# "Calls that nobody answered counted as 0 seconds in the mean length": calls by outcome, their mean and their longest.
CALLS_ROW = re.compile(r"(?P<calls>(?:open|completed|failed|canceled) +\d+ +[\d.]+%) +(?P<mean>\S+) +(?P<most>\S+)")


class Before(Struct, frozen=True, kw_only=True):
    """What today's code says before it is started: of an upgrade and of `up` by the release's own settings, and by whole ones.

    `traces` are the files that were other ones afterwards.
    """

    asked: Ran
    begun: Ran
    traces: list[str]
    asked_again: Ran


class Opened:
    """A running `up` on what the release left, what was said before, and what the release said about it."""

    def __init__(
        self, engine: Engine, dialtrail: Dialtrail, kept: list[tuple[Question, Answer]], before: Before
    ) -> None:
        self.engine = engine
        self.dialtrail = dialtrail
        self.kept = kept
        self.before = before

    @property
    def feed(self) -> list[Answer]:
        """The events at the kill."""
        return next(list(answer["items"]) for question, answer in self.kept if question.ask.startswith("/v1/events"))


@pytest.fixture(scope="module", params=ENGINES)
def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres: Server
) -> Iterator[Opened]:
    kept = FIXTURES / RELEASE / request.param
    with copied(RELEASE, request.param, tmp_path_factory.mktemp(request.param)) as dialtrail:
        if request.param == "postgres":
            dialtrail.set(DIALTRAIL_DATABASE_URL=postgres.restored(read_dump(kept)))
        before = refused_and_mended(dialtrail)
        dialtrail.start()
        yield Opened(request.param, dialtrail, list(read_answers(kept)), before)


def refused_and_mended(dialtrail: Dialtrail) -> Before:
    """Ask and begin with the release's settings, then set what is missing, and ask again."""
    untouched = files_of(dialtrail.folder)
    asked, begun = dialtrail.here("doctor", "--upgrade", "--json"), dialtrail.here("up")
    # "`dialtrail up` with a `DIALTRAIL_PUBLIC_URL` … refuses to start without … `DIALTRAIL_ANSWER_TOKEN`".
    dialtrail.set(DIALTRAIL_ANSWER_TOKEN="answers-of-a-fixture")
    asked_again = dialtrail.here("doctor", "--upgrade", "--json")
    now = files_of(dialtrail.folder)
    traces = sorted(name for name in {*untouched, *now} if untouched.get(name) != now.get(name))
    return Before(asked=asked, begun=begun, traces=traces, asked_again=asked_again)


def files_of(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Each file below a folder: when it was changed, and its content."""
    files = (one for one in folder.rglob("*") if one.is_file())
    return {str(one.relative_to(folder)): (one.stat().st_mtime_ns, one.read_bytes()) for one in files}


def is_later_rule(one: Answer) -> bool:
    """Whether it says of a rule that there was not yet that it does not stand against a call."""
    if isinstance(one, str):
        return one.startswith(tuple(f"- {rule}: " for rule in LATER_RULES))
    return isinstance(one, dict) and one.get("rule") in LATER_RULES and not one["stands_against"]


def leaves_out_unanswered(now: str, then: str) -> bool:
    """Whether a row of calls differs only in that its mean is of those that were answered."""
    row, kept = CALLS_ROW.fullmatch(now), CALLS_ROW.fullmatch(then)
    if row is None or kept is None or row["calls"] != kept["calls"]:
        return False
    if row["mean"] == "-":
        return (row["most"], kept["most"]) == ("-", "0.0")
    return row["most"] == kept["most"] and float(row["mean"]) >= float(kept["mean"])


def explains_alike(now: list[str], then: list[str]) -> bool:
    """Whether an explanation on the command line has every rule of then, and the later ones, marked as allowing the call.

    "`dialtrail explain` marks what allows a call with ✓ and what stands against it with ✗": the words are others now.
    """
    rules = [line for line in then if line.startswith("- ")]
    marked = [line for line in now if line.startswith("✓ ")]
    told = (now[0], now[-1], len(marked), any(line.startswith("✗") for line in now))
    return told == (then[0], then[-1], len(rules) + len(LATER_RULES), False) and now[1].startswith(then[1])


def says_still(now: Answer, then: Answer) -> bool:
    """Whether an answer is what it was; an object of JSON may have come to say more, and an explanation to have more rules."""
    match now, then:
        case str(), str() if now.startswith("{") and then.startswith("{"):
            return says_still(json.loads(now), json.loads(then))
        case str(), str():
            return now == SAID_OTHERWISE.sub(r", answered (call.answered)", then) or leaves_out_unanswered(now, then)
        case dict(), dict():
            return all(name in now and says_still(now[name], value) for name, value in then.items())
        case [0, *shown], [0, *kept] if "what does not stand against it:" in kept:
            return explains_alike(shown, kept)
        case list(), list():
            now = [one for one in now if not is_later_rule(one)]
            return len(now) == len(then) and all(map(says_still, now, then))
        case _:
            return bool(now == then)


def test_its_settings_are_refused_with_what_is_missing_before_anything_is_touched(opened: Opened) -> None:
    missing = "DIALTRAIL_ANSWER_TOKEN: is not set, but DIALTRAIL_PUBLIC_URL=https://calls.example.com lets others reach"
    said = json.loads(opened.before.asked.data)

    dangers = [one["what"] for one in said["findings"] if one["level"] == "danger"]
    assert (opened.before.asked.code, len(dangers), dangers[0].startswith(missing)) == (1, 1, True)
    assert (opened.before.begun.code, opened.before.begun.data) == (2, "")
    assert dangers[0] in opened.before.begun.talk
    assert opened.before.traces == []


def test_once_that_is_set_the_upgrade_can_begin_and_is_told_what_goes_otherwise(opened: Opened) -> None:
    found = json.loads(opened.before.asked_again.data)["findings"]
    told = [one["what"] for one in found if one["part"] in {"settings", "pending"} and one["level"] != "note"]

    assert opened.before.asked_again.code == 0
    assert [text for text in told if "everybody on this machine may read" not in text] == [
        "viewers (vera) are answered 403 where they name a person by number",
        "2 campaigns not paused: autumn_reminder, spring_followup",
        next(text for text in told if text.endswith("attempts without an outcome")),
        "this version starts with these settings",
    ]
    assert any(one["what"].endswith("and this version can read each of them") for one in found)
    way_back = next(one["what"] for one in found if one["what"].startswith("0.1.0 "))
    assert way_back.startswith("0.1.0 can read all of the ledger, and go on with it; the first start of this version")


def test_after_the_first_start_the_way_back_is_said_to_be_over_with_what_ended_it(opened: Opened) -> None:
    since = f"/v1/events?after={opened.feed[-1]['position']}&limit=1000"

    def is_recorded() -> bool:
        return "divergence.observed" in {item["event"] for item in opened.dialtrail.get(since)["items"]}

    until("divergence.observed is recorded", is_recorded, START_SECONDS_MAX)

    found = json.loads(opened.dialtrail.here("doctor", "--upgrade", "--json").data)["findings"]

    told = [one["what"] for one in found if one["what"].startswith("0.1.0 ")]
    assert told == ["0.1.0 cannot go on with this ledger: it does not know 1 divergence.observed"]


# What a command or a page of the API makes of the ledger hangs on no database: with PostgreSQL some are asked.
STEP = {"sqlite": 1, "postgres": 1 if are_all_tried() else 4}


def test_every_question_is_answered_as_then(opened: Opened) -> None:
    differing = [
        (question, then, now)
        for question, then in opened.kept[:: STEP[opened.engine]]
        if not says_still(now := opened.dialtrail.answer(question), then)
    ]

    assert differing == []


def test_what_was_under_way_at_the_kill_is_unresolved_and_dialled_no_second_time(opened: Opened) -> None:
    settled = {item["body"]["attempt_id"] for item in opened.feed if item["event"] in OUTCOMES}
    started = {item["body"]["attempt_id"]: item["stream"] for item in opened.feed if item["event"] == "attempt.started"}
    under_way = {attempt: stream for attempt, stream in started.items() if attempt not in settled}

    after = opened.dialtrail.get(f"/v1/events?after={opened.feed[-1]['position']}&limit=1000")["items"]

    # Later the reconciler may find whose call it was, and when that has ended, the campaign goes on with this person.
    in_doubt = set(under_way.values())
    found, dialled = set(), set()
    for item in after:
        match item["event"]:
            case "attempt.unresolved":
                found.add(item["body"]["attempt_id"])
            case "attempt.resolved":
                in_doubt.discard(item["stream"])
            case "attempt.started" if item["stream"] in in_doubt:
                dialled.add(item["stream"])
    assert len(under_way) >= 3
    assert (found & set(under_way), dialled) == (set(under_way), set())
    # Updated in place: nothing says where this ledger was, and so nothing holds it up.
    assert "ledger.restored" not in {item["event"] for item in after}


def test_verdicts_of_its_rules_are_said_to_be_not_recomputable(opened: Opened) -> None:
    attempts = [item["body"]["attempt_id"] for item in opened.feed if item["event"] == "attempt.started"]
    told = [opened.dialtrail.get(f"/v1/attempts/{attempt}/verdict") for attempt in attempts[:5]]
    said = [(one["rules"], one["rule_data"], one["recomputes"], one["why"]) for one in told]
    assert said == [(1, None, "not_recomputable", "other rules")] * 5


def test_the_kept_answers_are_about_everything_that_the_release_could_record(opened: Opened) -> None:
    names = {item["event"] for item in opened.feed}
    refused = [question for question, answer in opened.kept if question.is_command and answer[0] != 0]

    assert len(names) >= 30
    assert {"attempt.unresolved", "campaign.revised", "account.paused", "delivery.quarantined"} <= names
    assert refused == []
