"""A person over all campaigns, in all spellings of the number, now or as they were known at any moment."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from application.actor import Actor
from application.installation import Installation
from application.moment import Moment
from application.queries.moments import moment_in_views
from application.queries.person import PersonInCampaign, PersonShown, person_at
from entrypoints.http.access import READS, allow
from entrypoints.http.json import encode
from entrypoints.http.parameters import AS_OF
from entrypoints.http.parts import dear_read, parts_of
from entrypoints.http.person import person_asked
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import page
from entrypoints.wording import explain_verdict


async def show(request: Request) -> Response:
    """GET /people/{number}."""
    actor, parts = allow(request, READS), parts_of(request)
    named = person_asked(request, actor)
    as_of = request.query_params.get(AS_OF.name, "").strip() or None
    await parts.account_known()
    moment = await moment_in_views(parts, as_of)
    person, says = await dear_read(request, _known, parts, actor, named, moment)
    return page(request, "person.html", person=person, says=says, as_of=as_of)


def _known(parts: Installation, actor: Actor, named: str, moment: Moment) -> tuple[PersonShown, list[list[str]]]:
    """The person, and what each campaign's verdict says in words."""
    person = person_at(parts, actor, named, moment)
    return person, [_says(one) for one in person.campaigns]


def _says(place: PersonInCampaign) -> list[str]:
    """Each reason against the next call, in words."""
    return [one.removeprefix("- ") for one in explain_verdict(orjson.loads(encode(place.verdict)))[1:]]


ROUTES = [PageRoute("/people/{number}", show, takes=(AS_OF.name,))]
