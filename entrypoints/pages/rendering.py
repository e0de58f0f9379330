"""HTML from templates: everything escaped, a name that is missing is a mistake."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from msgspec import Struct, structs
from starlette.requests import Request
from starlette.responses import HTMLResponse

from application.actor import Actor
from application.queries.masking import seen_by
from domain.counted import counted
from domain.instants import time_text
from domain.zones import local_time, zone_info
from entrypoints.call_wording import CALLERS, CLAIMS, EVENTS, field_in_words, result_in_short
from entrypoints.callback_wording import source_in_words, why_given_up
from entrypoints.pages.complaint_words import on_a_page
from entrypoints.pages.zone_cookie import UTC, zone_read
from entrypoints.plan_wording import EVENTS as CAMPAIGN_EVENTS
from entrypoints.plan_wording import change_in_words
from entrypoints.segments import segment
from entrypoints.wording import answer_in_words

FOLDER = Path(__file__).parent
TEMPLATES = FOLDER / "templates"
STATIC = FOLDER / "static"
VERSION_HEX_CHARS = 12
NO_LENGTH = "\N{EN DASH}"
SHOWN_AT = {"dialtrail account show": "/integrity#account"}
"""Commands, and the pages that show what they do."""
OPERATORS_PAGES = (
    (
        re.compile(r"dialtrail campaign (?P<verb>start|pause|resume|cancel) (?P<id>[\w-]+)"),
        "/campaigns/{id}/{verb}",
        "{verb} {id}",
    ),
    (re.compile(r"dialtrail recipients import (?P<id>[\w-]+) FILE"), "/campaigns/{id}/import", "import a file"),
    (re.compile(r"dialtrail unresolved (?P<id>[\w-]+)"), "/campaigns/{id}#unresolved", "see each of them"),
    (re.compile(r"dialtrail campaign approve (?P<id>[\w-]+) \w+"), "/campaigns/{id}#changes", "see it below"),
)
"""Commands on a campaign; the pages where an operator does the same, and what a link to each is called."""
_CODE = re.compile(r"`([^`]+)`")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)")
_BARE_COMMAND = re.compile(r"dialtrail [a-z]+(?: [a-z]+)*(?: (?:[A-Z]+\b|att_\w+))?")


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "when": when,
        "instant_or_text": instant_or_text,
        "for_them": for_them,
        "answer": answer,
        "words": words,
        "event_words": event_words,
        "in_short": result_in_short,
        "field_words": field_in_words,
        "fault": fault,
        "said": said,
        "reason": reason,
        "counted": counted,
        "figure": figure,
        "seconds": seconds,
        "segment": segment,
        "share": share,
        "json": indented,
        "compact_json": compact,
        "without": without,
        "on_a_page": on_a_page,
        "why_given_up": why_given_up,
        "source_in_words": source_in_words,
    }
    made.globals |= {
        "static": static_address,
        "change_in_words": change_in_words,
        "claims": CLAIMS,
        "callers_why": CALLERS,
    }
    return made


def answer(state: Struct) -> str:
    """Whether a call was answered, with what proves it."""
    return answer_in_words(structs.asdict(state))


@pass_context
def when(
    context: Context, at: datetime | None, *, precise: bool = False, zone: bool = True, weekday: bool = False
) -> Markup:
    """An instant as people read it, in the viewer's zone; to the millisecond where it is `precise`, with its `zone` and `weekday`."""
    if at is None:
        return Markup('<span class="quiet">unknown</span>')
    text, local = time_text(at), _on_viewers_clock(context, at)
    day = f"{local:%a %Y-%m-%d}" if weekday else f"{local:%Y-%m-%d}"
    shown = f"{day} {local:%H:%M:%S}" + (f".{local.microsecond // 1000:03}" if precise else "")
    return Markup('<time datetime="{}" title="{}">{}{}</time>').format(
        text, text, shown, f" {local:%Z}" if zone else ""
    )


@pass_context
def instant_or_text(context: Context, text: str) -> Markup | str:
    """What stands beside an event, such as when it arrived: an instant as all pages have it, anything else as it is."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return text if at.tzinfo is None else when(context, at, precise=True)


@pass_context
def for_them(context: Context, at: datetime | None, zones: Sequence[str]) -> str:
    """`08:30 for them · 17:30 yours`: an instant on the clocks of the person called; nothing where none is known."""
    clocks = [clock for one in zones if (clock := zone_info(one)) is not None]
    if at is None or not clocks:
        return ""
    theirs = list(dict.fromkeys(f"{one:%H:%M}" for one in sorted(local_time(at, clock) for clock in clocks)))
    said = theirs[0] if len(theirs) == 1 else f"{theirs[0]} to {theirs[-1]}"
    return f"{said} for them · {_on_viewers_clock(context, at):%H:%M} yours"


def _on_viewers_clock(context: Context, at: datetime) -> datetime:
    zone: ZoneInfo = context.get("viewers_clock", UTC)
    return local_time(at, zone)


@pass_context
def said(context: Context, text: object) -> Markup:
    """A sentence of ours, with what stands in backticks as code, which leads to the page that shows or does the same."""
    return _with_commands(context, _with_instants(context, text))


@pass_context
def fault(context: Context, text: object) -> Markup:
    """Why something was refused: like `said`, but its instants stand as they can be written in a field."""
    return _with_commands(context, str(escape(str(text))))


def _with_commands(context: Context, escaped: str) -> Markup:
    may_act = bool(context.get("is_operator"))
    code = lambda found: _command(found[1], may_act=may_act)  # noqa: E731
    return Markup(_CODE.sub(code, escaped))  # noqa: S704 - it is escaped before


@pass_context
def reason(context: Context, text: object) -> Markup:
    """A reason as the command line has it too, whose commands stand in no backticks."""
    command = lambda found: _command(found[0], may_act=False)  # noqa: E731
    return Markup(_BARE_COMMAND.sub(command, _with_instants(context, text)))  # noqa: S704 - it is escaped before


def _with_instants(context: Context, text: object) -> str:
    """A text, escaped, with its instants as all pages have them."""

    def instant(found: re.Match[str]) -> str:
        try:
            return str(when(context, datetime.fromisoformat(found[0])))
        except ValueError:
            return found[0]

    return _INSTANT.sub(instant, str(escape(str(text))))


def _command(text: str, *, may_act: bool) -> str:
    for pattern, place, name in OPERATORS_PAGES if may_act else ():
        if found := pattern.fullmatch(text):
            return f'<a href="{place.format(**found.groupdict())}">{name.format(**found.groupdict())}</a>'
    address, code = SHOWN_AT.get(text), f"<code>{text}</code>"
    return code if address is None else f'<a href="{address}">{code}</a>'


def words(name: object) -> str:
    """A name of ours as words."""
    return str(name).replace("_", " ")


def event_words(name: str) -> str:
    """The name of an event of a call or a campaign as words; any other as it is."""
    return EVENTS.get(name) or CAMPAIGN_EVENTS.get(name, name)


def figure(number: float | None) -> str:
    """A number with its thousands apart."""
    return "unknown" if number is None else f"{number:,}".removesuffix(".0")


def share(part: float, whole: float) -> str:
    """A share in whole per cent."""
    return "0 %" if not whole else f"{100 * part / whole:.0f} %"


def seconds(count: float | None) -> str:
    """A length of time as people read it."""
    if count is None:
        return NO_LENGTH
    if 0 < round(count, 3) < 1:
        return f"{count * 1000:.0f} ms"
    if count < 120:
        return f"{count:.1f}".removesuffix(".0") + " s"
    minutes, rest = divmod(round(count), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def indented(data: Any) -> str:
    """JSON over several lines."""
    return orjson.dumps(data, option=orjson.OPT_INDENT_2).decode()


def compact(data: Any) -> str:
    """JSON on one line."""
    return orjson.dumps(data).decode()


def without(asked: Mapping[str, str], *names: str) -> Mapping[str, str]:
    """What was asked for, without these and without what is empty."""
    return {name: value for name, value in asked.items() if value and name not in names}


def _versions() -> Mapping[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:VERSION_HEX_CHARS] for path in STATIC.iterdir()}


VERSIONS = _versions()


def static_address(name: str) -> str:
    """Where a file of ours is; another address when it has changed."""
    return f"/static/{name}?v={VERSIONS[name]}"


_TEMPLATES = _environment()


def rendered(template: str, /, **shown: Any) -> Markup:
    """A part of a page, the same for whoever asks."""
    return Markup(_TEMPLATES.get_template(template).render(**shown))  # noqa: S704 - the template escapes


def page(request: Request, template: str, status: int = 200, /, **shown: Any) -> HTMLResponse:
    """A page for whoever asked for it."""
    actor: Actor | None = getattr(request.state, "actor", None)
    zone_name, viewers_clock = zone_read(request)
    text = _TEMPLATES.get_template(template).render(
        actor=actor,
        is_operator=actor is not None and actor.role == "operator",
        sees_numbers=actor is not None and actor.sees_numbers,
        can_sign_out=getattr(request.state, "can_sign_out", False),
        form_token=getattr(request.state, "form_token", ""),
        here=request.scope["path"],
        query=request.url.query,
        viewers_clock=viewers_clock,
        zone_name=zone_name,
        **{name: value if actor is None else seen_by(actor, value) for name, value in shown.items()},
    )
    return HTMLResponse(request.app.state.public_path.in_html(text), status_code=status)
