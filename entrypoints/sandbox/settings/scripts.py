"""Settings of what a call says and what its caller does, for calls that fetch their answer documents."""

from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field

from entrypoints.sandbox.settings.kinds import CALLERS, SCRIPTS, Names, Rate, Seconds, option
from entrypoints.sandbox.settings.provider import ProviderSettings
from entrypoints.sandbox.span import SecondsSpan, Span

Method = Literal["GET", "POST"]
FieldsPlace = Literal["json", "json_call", "form", "query", "headers"]
FieldName = Literal["call_id", "from", "to"]
OriginName = Literal["api", "foreign", "inbound"]
ReportTime = Literal["before", "during", "after", "mixed"]
Press = Annotated[str, Field(pattern=r"^([0-9*#A-D]{1,32}|silent|hang_up)$")]


def _all_fields(value: object) -> object:
    """The word `all` names every field; everywhere else it stands for no names, as a filter that lets any pass."""
    return get_args(FieldName) if value in ("all", ["all"]) else value


class ScriptSettings(ProviderSettings):
    """The part of SandboxSettings that matters with `fetch_answers`."""

    fetch_answers: bool = option(
        False,
        SCRIPTS,
        "Ask --answer-url what an answered call says, and do it.",
        off="--no-fetch-answers",
    )
    fetch_only: Annotated[tuple[OriginName, ...], Names] = option(
        (), SCRIPTS, "Only these calls ask: api, foreign or inbound; without it, or with all, any."
    )
    answer_method: Method = option("POST", SCRIPTS, "Method of the first request; the document does not say.")
    answer_fields_in: FieldsPlace = option(
        "json",
        SCRIPTS,
        'Where the call\'s fields go: json, json_call ({"call":{"id":…}}), form, query or headers; a GET has no body: query.',
    )
    answer_fields: Annotated[tuple[FieldName, ...], Names, BeforeValidator(_all_fields)] = option(
        ("call_id", "from", "to"), SCRIPTS, "Which fields a request names: call_id,from,to (or all), or none."
    )
    answer_id_name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")] = option(
        "call_id", SCRIPTS, "What the field with the call's id is called, such as call_id or CallSid."
    )
    answer_timeout_seconds: Annotated[float, Field(gt=0, le=600)] = option(
        5.0, SCRIPTS, "Wait for the whole answer of --answer-url."
    )
    answer_tries: Annotated[int, Field(ge=1, le=10)] = option(
        1, SCRIPTS, "Tries of a request that is refused, too slow, or answered 5xx; then the call fails."
    )
    answer_retry_seconds: Seconds = option(0.2, SCRIPTS, "Wait between two tries.")
    redirect_method: Method = option("GET", SCRIPTS, "Method of a redirect that names none.")
    redirect_fields: bool = option(
        False, SCRIPTS, "Send the call's fields with redirects too.", off="--no-redirect-fields"
    )
    redirects_max: Annotated[int, Field(ge=0, le=20)] = option(
        20, SCRIPTS, "Redirects followed in one call where a redirect names no max_redirects; one more, and it fails."
    )
    redirect_returns: bool = option(
        False,
        SCRIPTS,
        "Run what follows a redirect when the fetched document is through.",
        off="--no-redirect-returns",
    )
    say_seconds_per_character: Annotated[float, Field(ge=0, le=1)] = option(
        0.002, SCRIPTS, "How long a text or prompt takes; people speak at about 0.06."
    )
    wait_factor: Rate = option(
        0.02, SCRIPTS, "Share of a document's own waits (timeout_seconds, pause_before_ms) that passes; 1 is real time."
    )
    transfer_fail_rate: Rate = option(0.0, SCRIPTS, "Share of transfers, bridges and conferences that fail.")
    go_on_rate: Rate = option(
        0.0, SCRIPTS, "Share of failed actions after which the later ones run; else the script is over."
    )
    after_script: Literal["silence", "hang_up"] = option(
        "silence", SCRIPTS, "After the last action the call goes on in silence for --talk-seconds, or ends."
    )
    gather_report: ReportTime = option(
        "before",
        SCRIPTS,
        "When call.gathered is sent: before, during or after the fetch of the redirect that follows; mixed is seeded.",
    )
    gather_report_seconds: SecondsSpan = option(
        Span(0.0, 0.05), SCRIPTS, "How much later than that it is sent, MIN:MAX."
    )

    press: Annotated[tuple[Press, ...], Names] = option(
        (),
        CALLERS,
        "What the caller presses at the first gathers of each call, such as 1,silent,42#,hang_up; then chance; or none.",
    )
    hang_up_rate: Rate = option(0.0, CALLERS, "Share of gathers during which the caller hangs up.")
    silent_rate: Rate = option(0.0, CALLERS, "Share of the other gathers at which the caller presses nothing.")
    wrong_digit_rate: Rate = option(
        0.0, CALLERS, "Share of the gathers left at which the caller presses a digit that the prompt does not name."
    )
    press_rate: Rate = option(
        0.8, CALLERS, "Share of the gathers left at which a digit that the prompt names is pressed; else nothing is."
    )
    press_seconds: SecondsSpan = option(Span(0.02, 0.1), CALLERS, "How long after the prompt it is pressed, MIN:MAX.")
    hang_up_saying_rate: Rate = option(0.0, CALLERS, "Share of says during which the caller hangs up.")
