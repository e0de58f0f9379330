"""`dialtrail status`: where a campaign stands, or one of its recipients."""

from typing import Annotated, Any

import typer

from domain.errors import NotFound
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.completion import complete_number
from entrypoints.cli.connection import with_api
from entrypoints.cli.failure import CommandFailed
from entrypoints.cli.options import AsJson, AsOf, AtLeast, CampaignId, Zone
from entrypoints.cli.output import say, styled, write, write_json, write_table
from entrypoints.cli.recipient_report import CALLS_SHOWN_MAX, call_ids, write_recipient
from entrypoints.cli.standstill import no_webhooks, nothing_runs
from entrypoints.cli.styles import STATE_STYLES, STATUS_STYLES
from entrypoints.cli.summary import share, write_summary
from entrypoints.cli.times import IN_UTC, Times, times_in
from entrypoints.cli.watching import Every, Watch, seconds_to_watch, watch_over
from entrypoints.lookup_wording import lookup_sentences
from entrypoints.policy_wording import callers_sentence, policy_sentences

EPILOG = "Example: dialtrail status spring_followup +15551230002 --as-of 2026-05-29T12:00:00Z --tz Europe/Berlin"
BODY_CHARS_SHOWN_MAX = 400
UNDER_WAY = frozenset({"dialing", "in_progress"})
SHOWN_FIRST = ("reached", "queued", "unresolved")

OneNumber = Annotated[
    str | None,
    typer.Argument(
        metavar="NUMBER", help="Show this recipient, with every attempt and call.", autocompletion=complete_number
    ),
]


def status(
    campaign: CampaignId,
    number: OneNumber = None,
    as_of: AsOf = None,
    at_least: AtLeast = None,
    watch: Watch = False,
    every: Every = None,
    zone: Zone = None,
    as_json: AsJson = False,
) -> None:
    """How far a campaign is, or what became of one of its recipients and why; now, or at any past moment.

    With --watch it is shown again in one place on a terminal; elsewhere each change is shown below the one before, with
    --json as a line of its own.
    """
    times = times_in(zone)
    seconds = seconds_to_watch(every, watch=watch, of_the_past=as_of is not None)
    query = times.query(as_of)
    if at_least is not None:
        query["at_least"] = at_least
    shown = _OfCampaign(campaign, query, times) if number is None else _OfRecipient(campaign, number, query, times)

    async def work(api: Api) -> None:
        if seconds is not None:
            await watch_over(
                api,
                seconds,
                lambda: shown.ask(api),
                lambda found: shown.show(api, found, as_json=as_json),
                as_lines=as_json,
            )
        else:
            await shown.show(api, await shown.ask(api), as_json=as_json)

    with_api("status", work, campaign=campaign)


class _OfCampaign:
    def __init__(self, campaign: str, query: dict[str, str | int], times: Times) -> None:
        self._campaign = campaign
        self._query = query
        self._times = times

    async def ask(self, api: Api) -> Json:
        found = await api.get(path_of("campaigns", self._campaign), **self._query)
        if "as_of" not in self._query:
            found["notes"] = [*found.get("notes", ()), *await nothing_runs(api, self._times)]
        return found

    async def show(self, _: Api, found: Json, *, as_json: bool) -> None:
        if as_json:
            write_json(found)
            return
        write_campaign(found, definition=False, times=self._times)
        if found["recipients"].get("unresolved") and "as_of" not in self._query:
            say(f"to see who is unresolved, and the calls it may be about: dialtrail unresolved {self._campaign}")


class _OfRecipient:
    def __init__(self, campaign: str, number: str, query: dict[str, str | int], times: Times) -> None:
        self._path = path_of("campaigns", campaign, "recipients", number)
        self._query = query
        self._times = times

    async def ask(self, api: Api) -> Json:
        found = await api.get(self._path, **self._query)
        wanted = self._query.get("at_least")
        if "as_of" not in self._query and isinstance(wanted, int) and found["position"] < wanted:
            raise CommandFailed(
                f"the ledger is at position {found['position']}, before {wanted}; is this the server that said {wanted}?"
            )
        if "as_of" not in self._query:
            silence = await no_webhooks(api) if found.get("status") in UNDER_WAY else []
            notes = [*silence, *await nothing_runs(api, self._times)]
            return {**found, "notes": notes} if notes else found
        return found

    async def show(self, api: Api, found: Json, *, as_json: bool) -> None:
        if as_json:
            write_json(found)
        else:
            write_recipient(found, await _calls(api, found), self._times)
            for note in found.get("notes", ()):
                write(note, "yellow")


async def _calls(api: Api, recipient: Json) -> list[Json]:
    """The recipient's last calls, as they were at the position that was answered for the recipient."""
    calls: list[Json] = []
    for call_id in call_ids(recipient)[-CALLS_SHOWN_MAX:]:
        try:
            calls.append(await api.get(path_of("calls", call_id), as_of=recipient["position"]))
        except NotFound:  # MiniVoice named it, and nothing was heard of it yet
            calls.append({"call_id": call_id, "state": {}})
    return calls


def write_campaign(campaign: Json, *, definition: bool, times: Times = IN_UTC) -> None:
    """A campaign's state, what holds it up, its recipients by status, and what its calls came to."""
    write(f"{campaign['id']}: {campaign['state']}", STATE_STYLES.get(campaign["state"], "bold"))
    if (pause := campaign.get("pause")) is not None:
        write_pause(pause, times)
    if definition:
        limits = campaign["limits"]
        a_second = limits["calls_per_second"]
        calls = f"{a_second:g} call{'' if a_second == 1 else 's'} a second"
        write(f"from {callers_sentence(campaign['from'])}, {calls}, {limits['calls_at_once']} at once")
        metadata = ", ".join(f"{name}={value}" for name, value in campaign["metadata"].items())
        write(f"recorded: {'yes' if campaign['record'] else 'no'}, metadata: {metadata or 'none'}")
        write(f"created {times.shown(campaign.get('created_at'))}")
        if "policy" in campaign:
            write("policy:")
            for sentence in policy_sentences(campaign["policy"]):
                write(f"- {sentence}")
        for sentence in lookup_sentences(campaign.get("lookup"), campaign.get("lookup_ttl_seconds")):
            write(f"lookup: {sentence}")
    write()
    _write_counts(campaign["recipients"])
    for note in campaign.get("notes", ()):
        write(str(note), "yellow")
    if (summary := campaign.get("summary")) is not None:
        write_summary(summary, campaign.get("judged_at"), times)
    if (judged_at := campaign.get("judged_at")) is not None:
        write()
        write(f"as of position {campaign.get('position')}, judged at {times.shown(judged_at)}", "dim")


def _write_counts(counts: dict[str, int]) -> None:
    from domain.status import STATUSES  # noqa: PLC0415 - this knows every rule, and help would wait for it

    everybody = sum(counts.values())
    known = [name for name in (*STATUSES, *sorted(set(counts) - set(STATUSES))) if counts.get(name)]
    rows: list[tuple[object, ...]] = [
        (styled(name, STATUS_STYLES.get(name, "")), counts[name], share(counts[name], everybody)) for name in known
    ]
    write_table(("recipients", "count", "share"), [*rows, ("all", everybody, "")], right=("count", "share"))


def write_pause(pause: dict[str, Any], times: Times) -> None:
    """What keeps a campaign or the account still, since when, by what, and what to do."""
    whose = "the whole account is paused" if pause.get("scope") == "account" else "paused"
    said = [str(pause[name]) for name in ("status", "code") if pause.get(name) is not None]
    about = ": " + " ".join(said) if said else ""
    write(f"{whose} by {pause.get('cause')} at {times.shown(pause.get('at'))}{about}", "yellow")
    if pause.get("reason"):
        write(str(pause["reason"]))
    if pause.get("body"):
        write(f"MiniVoice said: {_shortened(str(pause['body']))}")
    if pause.get("evidence"):
        write(", ".join(f"{name} {value}" for name, value in pause["evidence"].items()))
    if pause.get("probe_at"):
        tried = f", after {pause['probes']} that did not help" if pause.get("probes") else ""
        write(f"one single call tries it at {times.shown(pause['probe_at'])}{tried}")
    if pause.get("what_to_do"):
        write(f"what to do: {pause['what_to_do']}", "bold")


def _shortened(text: str) -> str:
    """The beginning; `--json` has all of it."""
    return text if len(text) <= BODY_CHARS_SHOWN_MAX else text[:BODY_CHARS_SHOWN_MAX] + " …"
