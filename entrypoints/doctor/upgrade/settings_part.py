"""Settings that an earlier version started with, and what this one makes of them."""

from domain.errors import SettingsError
from entrypoints.doctor.finding import Finding, Level
from entrypoints.doctor.settings_part import odd_settings
from entrypoints.settings import LONGER, Settings

SET_FIRST = "set it before this version is started"
ANSWER_TOKEN = "DIALTRAIL_ANSWER_TOKEN"  # noqa: S105 - a variable's name


def unreadable_settings(error: SettingsError) -> list[Finding]:
    """The finding where this version cannot read them."""
    return [
        _found("danger", str(error), "mend it, then run again: dialtrail doctor --upgrade; no other part was looked at")
    ]


def settings_findings(settings: Settings) -> list[Finding]:
    """What refuses to start first, then what goes otherwise."""
    found = [_found("danger", fault, SET_FIRST) for fault in settings.serving_faults]
    try:
        settings.require_api_key()
    except SettingsError as error:
        found.append(_found("danger", str(error)))
    if not found:
        found.append(_found("ok", "this version starts with these settings"))
    return [
        *found,
        *odd_settings(settings),
        *_answers(settings),
        *_reach(settings),
        *_roles(settings),
        *_defaults(settings),
    ]


def _answers(settings: Settings) -> list[Finding]:
    if settings.answer_token is not None or settings.lets_others_in is None:
        return []
    what = "with DIALTRAIL_ANSWER_TOKEN the answer URL is another one: plain /answer is not answered any more"
    todo = (
        "while nobody is called, give MiniVoice the new answer_url: DIALTRAIL_PUBLIC_URL + /answer/ + the token; "
        "`dialtrail doctor` asks it"
    )
    return [_found("warning", what, todo)]


def _reach(settings: Settings) -> list[Finding]:
    found = []
    if settings.lets_others_in is None:
        found += [_found("warning", short, LONGER) for short in settings.short_tokens]
        what = (
            "no DIALTRAIL_PUBLIC_URL, and DIALTRAIL_HOST is this machine: what a proxy here hands on (Forwarded, "
            "X-Forwarded-…, Via) is refused without DIALTRAIL_TOKENS, MINIVOICE_WEBHOOK_SECRET and DIALTRAIL_ANSWER_TOKEN"
        )
        if any(one is None or one == () for one in (settings.tokens, settings.webhook_secret, settings.answer_token)):
            todo = (
                "where MiniVoice reaches this server by a proxy, set these and DIALTRAIL_PUBLIC_URL before the upgrade"
            )
            found.append(_found("warning", what, todo))
    elif not settings.trusted_proxies:
        what = "no DIALTRAIL_TRUSTED_PROXIES: all who come by one proxy count as one address, for wrong tokens and for connections"
        found.append(_found("note", what, "set it to your proxy's address, if there is one"))
    return found


def _roles(settings: Settings) -> list[Finding]:
    viewers = [one.name for one in settings.tokens if one.role == "viewer"]
    if not viewers:
        return []
    what = f"viewers ({', '.join(viewers)}) are answered 403 where they name a person by number"
    return [_found("warning", what, "have their programs take the pseudonym, `recipient`, from lists")]


def _defaults(settings: Settings) -> list[Finding]:
    found = []
    requests = settings.divergence_requests_a_day_max
    if requests and "DIALTRAIL_DIVERGENCE_REQUESTS_A_DAY_MAX" not in settings.sources:
        what = f"once a day MiniVoice is asked again for the calls of the day before, with up to {requests:,} requests"
        found.append(_found("note", what, "DIALTRAIL_DIVERGENCE_REQUESTS_A_DAY_MAX bounds it; 0 turns it off"))
    what = "a query parameter that a route does not know, that is empty or that is given twice is refused with 400"
    todo = "have programs that use the API correct what the answer names"
    found.append(Finding("server", "note", what, todo))
    what = (
        "new campaigns hold emergency, premium and other special numbers, and wait 60 s for late word of an answer; those "
        "that exist go on as they were until they are revised"
    )
    found.append(Finding("pending", "note", what, "policy.allow_kinds and policy.answer_grace_seconds say otherwise"))
    return found


def _found(level: Level, what: str, what_to_do: str = "") -> Finding:
    return Finding("settings", level, what, what_to_do)
