"""`dialtrail subscriptions …`: which of your own systems are told what, and what became of it."""

from typing import Annotated, Any

import typer

from domain.errors import InvalidInput
from entrypoints.cli.api import Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.options import AsJson, Zone
from entrypoints.cli.output import say, write, write_json, write_table
from entrypoints.cli.times import Times, times_in

EPILOG = "Example: dialtrail subscriptions create crm https://crm.example.org/calls --role auditor"
Id = Annotated[str, typer.Argument(metavar="ID", help="The subscription.")]
Events = Annotated[
    list[str] | None,
    typer.Option(
        "--event",
        help="outcome.changed (the default), alert.raised, alert.over, log.checkpoint, or an event's name; may be given several times.",
    ),
]
Campaigns = Annotated[
    list[str] | None, typer.Option("--campaign", help="Only this campaign's; may be given several times.")
]
AsRole = Annotated[str, typer.Option("--role", help="Whose masking holds: viewer, auditor or operator.")]
Secret = Annotated[str | None, typer.Option("--secret", help="whsec_ and base64; made, and shown once, without it.")]
OldSeconds = Annotated[
    int | None,
    typer.Option("--old-seconds", min=0, help="So long the old secret signs beside the new one; a day without it."),
]
Position = Annotated[int | None, typer.Option("--position", min=0, help="The one about the event at this position.")]
First = Annotated[int | None, typer.Option("--from", min=0, help="Those about events from this position on.")]
Last = Annotated[int | None, typer.Option("--to", min=0, help="Those about events up to this position.")]
Everything = Annotated[bool, typer.Option("--all", help="All that were given up.")]
Begin = Annotated[str, typer.Option("--from", help="A position, or an instant; inclusive.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Why, for those who look at it.")]

app = typer.Typer(help="Your own systems that are told what happens, at least once and in order.", epilog=EPILOG)


@app.command("list", epilog="Example: dialtrail subscriptions list")
def list_(as_json: AsJson = False) -> None:
    """Who is told what, and how that goes."""
    page = with_api("subscriptions list", lambda api: api.get(path_of("subscriptions")))
    if as_json:
        write_json(page)
    elif not page["items"]:
        write("there are no subscriptions")
    else:
        rows = [
            (one["id"], _state(one), one["url"], ", ".join(one["events"]), one["behind"], one["waiting"], one["dead"])
            for one in page["items"]
        ]
        write_table(("id", "state", "url", "told", "behind", "waiting", "dead"), rows)


@app.command(epilog=EPILOG)
def create(
    subscription_id: Id,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where it is told: https://…")],
    events: Events = None,
    campaigns: Campaigns = None,
    role: AsRole = "viewer",
    secret: Secret = None,
    old_seconds: OldSeconds = None,
    as_json: AsJson = False,
) -> None:
    """Tell one of your own systems what is recorded from now on; or, where the id is there, something else than until now."""
    body: Json = {"id": subscription_id, "url": url, "role": role, "campaigns": campaigns or None}
    if events:
        body["events"] = events
    if secret is not None:
        body["secret"] = secret
    if old_seconds is not None:
        body["old_secret_seconds"] = old_seconds
    done = with_api("subscriptions create", lambda api: api.post(path_of("subscriptions"), body))
    if as_json:
        write_json(done)
        return
    write(f"{subscription_id}: {'is told at ' + url if done['changed'] else 'is so already'}")
    if done["secret"] is not None:
        write(f"its secret, shown this once: {done['secret']}")


@app.command(epilog="Example: dialtrail subscriptions show crm")
def show(subscription_id: Id, zone: Zone = None, as_json: AsJson = False) -> None:
    """Where one stands, its last requests and answers, and what was given up."""
    times = times_in(zone)
    whole = with_api("subscriptions show", lambda api: api.get(path_of("subscriptions", subscription_id, "tries")))
    if as_json:
        write_json(whole)
        return
    one = whole["subscription"]
    write(f"{one['id']}  {_state(one)}  {one['url']}  as {one['role']}")
    write(f"told: {', '.join(one['events'])}; of {', '.join(one['campaigns'] or ['all campaigns'])}")
    write(f"at position {one['position']}, {one['behind']} behind; {one['waiting']} wait, {one['dead']} were given up")
    if one["old_secret_until"] is not None:
        write(f"an old secret signs, too, until {times.shown(one['old_secret_until'])}")
    if one["failing"] is not None:
        write(f"failing since {times.shown(one['failing']['since'])}: {one['failing']['last']}")
    if whole["tries"]:
        write_table(("at", "position", "answer", "seconds"), [_try(each, times) for each in whole["tries"]])
    if whole["dead_letters"]:
        rows = [(d["position"], d["tries"], times.shown(d["given_up_at"]), d["why"]) for d in whole["dead_letters"]]
        write_table(("position", "tries", "given up", "why"), rows)


@app.command(epilog="Example: dialtrail subscriptions rotate crm")
def rotate(
    subscription_id: Id,
    secret: Secret = None,
    old_seconds: OldSeconds = None,
    zone: Zone = None,
    as_json: AsJson = False,
) -> None:
    """Sign with a new secret, and for a while with the old one, too."""
    times = times_in(zone)
    given: Json = {"secret": secret, "old_secret_seconds": old_seconds}
    done = _posted(subscription_id, "rotate", {name: value for name, value in given.items() if value is not None})
    if as_json:
        write_json(done)
        return
    until = done["old_secret_until"]
    old = "no old secret signs" if until is None else f"the old one signs, too, until {times.shown(until)}"
    write(f"{subscription_id}: signed anew; {old}")
    if done["secret"] is not None:
        write(f"its secret, shown this once: {done['secret']}")


@app.command(epilog="Example: dialtrail subscriptions pause crm --reason 'moving house'")
def pause(subscription_id: Id, reason: Reason = None, as_json: AsJson = False) -> None:
    """Tell it nothing until it is resumed; nothing is lost meanwhile."""
    _act(subscription_id, "pause", {"reason": reason}, as_json)


@app.command(epilog="Example: dialtrail subscriptions resume crm")
def resume(subscription_id: Id, as_json: AsJson = False) -> None:
    """Tell it what came meanwhile, and what follows."""
    _act(subscription_id, "resume", None, as_json)


@app.command(epilog="Example: dialtrail subscriptions replay crm --from 2026-05-29T08:00:00Z")
def replay(subscription_id: Id, begin: Begin, as_json: AsJson = False) -> None:
    """Tell it again what was recorded from a position or an instant on, under the same ids."""
    body = {"from": int(begin) if begin.isascii() and begin.isdigit() else begin}
    done = _posted(subscription_id, "replay", body)
    _told(done, f"{subscription_id}: is told again what came after position {done['after']}", as_json)


@app.command(epilog="Example: dialtrail subscriptions resend crm --all")
def resend(
    subscription_id: Id,
    position: Position = None,
    first: First = None,
    last: Last = None,
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    """Send what was given up once more: of one event, of a range, or all of it."""
    has_range = first is not None or last is not None
    if [position is not None, has_range, everything].count(True) != 1:
        raise InvalidInput("resend", "give one of --position, --from and --to, or --all")
    body: Json = {"all": True} if everything else {"position": position} if position is not None else {}
    if has_range:
        body = {name: value for name, value in (("from", first), ("to", last)) if value is not None}
    done = _posted(subscription_id, "resend", body)
    _told(done, f"{subscription_id}: {done['resent']} sent again", as_json)


@app.command(epilog="Example: dialtrail subscriptions delete crm")
def delete(subscription_id: Id, as_json: AsJson = False) -> None:
    """Tell it nothing any more, and forget its secret and its tries."""
    done = with_api("subscriptions delete", lambda api: api.delete(path_of("subscriptions", subscription_id)))
    _told(done, f"{subscription_id}: is told nothing any more", as_json)


def _act(subscription_id: str, act: str, body: Json | None, as_json: bool) -> None:
    done = _posted(subscription_id, act, body)
    _told(done, f"{subscription_id}: {done['state']}", as_json)


def _posted(subscription_id: str, act: str, body: Json | None) -> Json:
    path = path_of("subscriptions", subscription_id, act)
    return with_api(f"subscriptions {act}", lambda api: api.post(path, body))


def _told(done: Json, said: str, as_json: bool) -> None:
    if as_json:
        write_json(done)
    else:
        say(said)


def _state(one: Json) -> str:
    if one["pause"] is not None:
        return f"paused ({one['pause']['reason'] or one['pause']['cause']})"
    return "failing" if one["failing"] is not None else str(one["state"])


def _try(one: Json, times: Times) -> tuple[Any, ...]:
    return times.shown(one["at"]), one["position"], one["status"] or one["why"], f"{one['seconds']:.3f}"
