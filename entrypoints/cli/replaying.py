"""`dialtrail replay`: what would these deliveries do?"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.capture_file import Captured, read_capture
from domain.errors import InvalidInput
from entrypoints.cli.api import Api
from entrypoints.cli.completion import complete_call
from entrypoints.cli.connection import with_api
from entrypoints.cli.failure import EXIT_FAILURE, CommandFailed
from entrypoints.cli.options import STDIN, AsJson, Zone
from entrypoints.cli.output import say, write_json
from entrypoints.cli.times import Times, times_in

if TYPE_CHECKING:
    from adapters.delivery_sender import Sent
    from application.replaying import Variant
    from domain.call import CallHistory
    from entrypoints.cli.replayed import Replayed

EPILOG = "Example: dialtrail replay call_123 --shuffle 7 --twice --states"
SIGNED_WITH = "MINIVOICE_WEBHOOK_SECRET"
CALLS_MAX = 1_000

MaybeCallId = Annotated[
    str | None,
    typer.Argument(
        metavar="CALL_ID", help="MiniVoice's id of the call whose deliveries to play.", autocompletion=complete_call
    ),
]
CaptureFile = Annotated[
    Path | None, typer.Option("--file", metavar="FILE", help="Play a captured file instead; - reads standard input.")
]
To = Annotated[
    str | None,
    typer.Option(
        "--to", metavar="URL", help="Send them there as well, signed anew, such as to a receiver of your own."
    ),
]
Shuffle = Annotated[
    int | None, typer.Option("--shuffle", metavar="SEED", help="In another order; a seed is one order.")
]
Twice = Annotated[bool, typer.Option("--twice", help="Each of them twice.")]
Without = Annotated[int | None, typer.Option("--without", metavar="N", min=1, help="Leave the Nth out, from 1.")]
Until = Annotated[str | None, typer.Option("--until", metavar="T", help="Only those that came until this instant.")]
States = Annotated[
    bool,
    typer.Option(
        "--states", help="Show how the call stands after each step, and where it stood otherwise as they came."
    ),
]
Today = Annotated[
    bool,
    typer.Option("--today", help="Only what they would change here if they came today; with --file, of any system's."),
]
SecretVariable = Annotated[
    str, typer.Option("--secret-variable", metavar="NAME", help="The variable with the secret to sign with, for --to.")
]


def replay(
    call_id: MaybeCallId = None,
    file: CaptureFile = None,
    to: To = None,
    shuffle: Shuffle = None,
    twice: Twice = False,
    without: Without = None,
    until: Until = None,
    states: States = False,
    today: Today = False,
    secret_variable: SecretVariable = SIGNED_WITH,
    zone: Zone = None,
    json: AsJson = False,
) -> None:
    """Play a call's deliveries with today's code into an empty ledger in memory: what each does, and where it ends.

    With another order, twice, or one left out, it is said where that comes to something else than what came did; and,
    for a call, what they would add to the ledger if they came today. Nothing is changed anywhere without --to.
    """
    # Here and below: these know every event, and help would wait for them.
    from application.replaying import Variant, varied  # noqa: PLC0415

    if (call_id is None) == (file is None):
        raise InvalidInput("CALL_ID", "give a call's id, or a captured file with --file")
    times = times_in(zone)
    variant = Variant(shuffle_seed=shuffle, is_twice=twice, without=without, until=_until(times, until))
    came, known = _read(call_id, file, with_known=today or call_id is not None)
    if not came:
        raise CommandFailed("no deliveries are there to play")
    placed = [(one.received_at, one) for one in came]
    chosen = varied(placed, variant)
    secret = None if to is None else _secret(secret_variable)
    replayed = _replayed(placed, chosen, variant, known)
    sent, failed = ([], None) if to is None else _send([one for _, one in chosen], to, secret)
    _write(replayed, sent, times, as_json=json, is_today=today, with_states=states)
    if failed is not None:
        raise CommandFailed(f"--to {to}: {failed} at delivery {len(sent) + 1} of {len(chosen)}; is it running?")
    _end(sent)


def _write(
    found: "Replayed", sent: "Sequence[Sent]", times: Times, *, as_json: bool, is_today: bool, with_states: bool
) -> None:
    from entrypoints.cli import replayed  # noqa: PLC0415

    if as_json:
        write_json(replayed.as_json(found, sent))
    elif is_today:
        replayed.write_news(found, sent, times)
    else:
        replayed.write_replayed(found, sent, times, with_states=with_states)


def _end(sent: "Sequence[Sent]") -> None:
    if refused := sum(not one.is_accepted for one in sent):
        say(f"{refused} of {len(sent)} were not accepted")
        raise typer.Exit(EXIT_FAILURE)


def _replayed(
    came: Sequence[tuple[datetime, Captured]],
    chosen: Sequence[tuple[int, Captured]],
    variant: "Variant",
    known: "Mapping[str, CallHistory] | None",
) -> "Replayed":
    """What was chosen played, and how that differs from what came, and from what is known."""
    from application.replaying import Variant, final_differences, rehearse, step_differences, varied  # noqa: PLC0415
    from entrypoints.cli.replayed import Replayed  # noqa: PLC0415

    played, original = rehearse(chosen), rehearse(varied(came, Variant()))
    return Replayed(
        played=played,
        final_differences=None if variant.is_as_it_was else final_differences(original, played),
        step_differences=None if variant.is_as_it_was else step_differences(original, played),
        today=None if known is None else rehearse(chosen, known),
    )


def _read(
    call_id: str | None, file: Path | None, *, with_known: bool
) -> "tuple[list[Captured], Mapping[str, CallHistory] | None]":
    """The deliveries; and, where it is asked for, their calls as the ledger here knows them."""
    from entrypoints.cli.feed import deliveries_of, history_of  # noqa: PLC0415

    if call_id is not None:

        async def of_call(api: Api) -> "tuple[list[Captured], Mapping[str, CallHistory]]":
            return await deliveries_of(api, call_id), {call_id: await history_of(api, call_id)}

        return with_api("replay", of_call)
    came = list(_of_file(file or STDIN))
    if not with_known:
        return came, None
    ids = sorted(set(_call_ids(came)))
    if len(ids) > CALLS_MAX:
        raise InvalidInput("--today", f"takes a file of at most {CALLS_MAX} calls; this one has {len(ids)}: split it")

    async def of_calls(api: Api) -> "Mapping[str, CallHistory]":
        return {one: await history_of(api, one) for one in ids}

    return came, with_api("replay", of_calls)


def _call_ids(came: Sequence[Captured]) -> Iterator[str]:
    from adapters.minivoice_webhook import UnreadableDelivery, read_delivery  # noqa: PLC0415

    for one in came:
        try:
            yield read_delivery(one.body, one.headers).call_id
        except UnreadableDelivery:
            continue


def _of_file(file: Path) -> Iterator[Captured]:
    name = "standard input" if file == STDIN else str(file)
    try:
        with Path("/dev/stdin" if file == STDIN else file).open("rb") as lines:
            yield from read_capture(lines, name)
    except FileNotFoundError:
        raise InvalidInput(name, "there is no such file; dialtrail capture writes one") from None
    except OSError as error:
        raise InvalidInput(name, f"cannot be read: {error.strerror}") from error


def _until(times: Times, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(times.as_of(text) or "")
    except ValueError:
        raise InvalidInput("--until", "must be an instant such as 2026-05-29T12:00:00Z") from None


def _secret(variable: str) -> str | None:
    """The secret to sign with: the variable's, or where it is our own setting what that is set to, by whatever file."""
    found = os.environ.get(variable)  # noqa: TID251 - which variable it is, is said on the command line
    if not found and variable == SIGNED_WITH:
        from entrypoints.settings import load_settings  # noqa: PLC0415

        kept = load_settings().webhook_secret
        found = None if kept is None else kept.get_secret_value()
    if not found:
        say(f"warning: {variable} is not set; they are sent without a signature")
    return found or None


def _send(deliveries: Sequence[Captured], url: str, secret: str | None) -> "tuple[list[Sent], str | None]":
    from adapters.delivery_sender import ReceiverUnreachable, send  # noqa: PLC0415
    from entrypoints.process import utc_now  # noqa: PLC0415

    try:
        return send(deliveries, url, secret, utc_now, time.monotonic), None
    except ReceiverUnreachable as unreachable:
        return unreachable.sent, unreachable.reason
