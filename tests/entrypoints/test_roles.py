"""Roles over the API and the pages together: each GET route there is, for each role."""

from pathlib import Path

from tests.entrypoints.asking import asking_of, fill_all
from tests.entrypoints.pages.staging import GUARDED, ROLES, sign_in
from tests.entrypoints.serving import AUDITOR, FROM, OPERATOR, OTHER, TO, VIEWER, Serving, play

HEADERS = {"viewer": VIEWER, "auditor": AUDITOR, "operator": OPERATOR}
ENDLESS = "/v1/stream"
PERSONAL = {
    "a number": TO[1:],
    "our number": FROM[1:],
    "another number": OTHER[1:],
    "a variable": "Ada Lovelace",
    "digits": "31415926",
    "what the provider sent": "said-by-the-provider",
    "what a person wrote": "asked by phone",
    "why a delivery could not be read": "is not JSON",
}
OPEN = {"/health/live", "/health/ready", "/sign-in", "/static/{name}"}
# Those that the description of the API, and the page before a command, give to fewer than all roles.
FULL_READS = {
    "/v1/attempts/{id}/verdict",
    "/v1/campaigns/{id}/history",
    "/v1/views/compare",
    "/v1/decisions/compare",
    "/v1/tokens",
    "/v1/evidence",
    "/campaigns/{id}/what-if",
    "/tokens",
}
ACTS = (
    *("/start", "/pause", "/resume", "/cancel", "/approve", "/decline", "/suppress", "/release", "/revise", "/import"),
    *(
        "/new-campaign",
        "/rebuild",
        "/resolve",
        "/stop",
        "/remove",
        "/callback",
        "/resend",
        "/replay",
        "/delete",
        "/rotate",
        "/consent",
        "/declined",
        "/erase",
    ),
)


def may_read(template: str, role: str) -> bool:
    if template in FULL_READS:
        return role != "viewer"
    return role == "operator" or not template.endswith(ACTS)


async def answered(stage: Serving, role: str | None) -> dict[str, tuple[int, str]]:
    """What every GET route answers: the API by the role's token, the pages by the session that was signed in to."""
    found = {}
    # Viewers name people by pseudonym.
    person = stage.known_as(TO) if role == "viewer" else TO
    for template, path in asking_of(stage, person).items():
        is_api = template.startswith(("/v1/", "/metrics", "/openapi.json"))
        headers = HEADERS[role] if is_api and role is not None else {}
        answer = await stage.client.request("HEAD" if template == ENDLESS else "GET", path, headers=headers)
        found[template] = (answer.status_code, answer.text.replace(f"recipients/{TO}", ""))
    return found


def test_each_role_reads_what_it_may_on_api_and_pages_and_nobody_else_reads_anything(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await fill_all(stage)
        for role in ROLES:
            await sign_in(stage, role)
            statuses = {template: status for template, (status, _) in (await answered(stage, role)).items()}
            wanted = {template: 200 if may_read(template, role) else 403 for template in statuses}
            assert statuses == {**wanted, "/sign-in": 200}
        stage.client.cookies.clear()
        for template, (status, text) in (await answered(stage, None)).items():
            is_api = template.startswith(("/v1/", "/metrics", "/openapi.json"))
            assert status == (200 if template in OPEN else 401 if is_api else 303), template
            assert [what for what, secret in PERSONAL.items() if secret in text] == []

    play(tmp_path, scene, **GUARDED, DIALTRAIL_API_REQUESTS_PER_SECOND="0")


def test_no_get_route_of_api_or_pages_shows_viewers_what_is_personal(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await fill_all(stage)
        shown = {}
        for role in ROLES:
            await sign_in(stage, role)
            answers = await answered(stage, role)
            api = "".join(text for template, (_, text) in answers.items() if template.startswith("/v1/"))
            pages = "".join(text for template, (_, text) in answers.items() if not template.startswith("/v1/"))
            shown[role] = [{what for what, secret in PERSONAL.items() if secret in text} for text in (api, pages)]
        everything = [set(PERSONAL), set(PERSONAL)]
        assert shown == {"viewer": [set(), set()], "auditor": everything, "operator": everything}

    play(tmp_path, scene, **GUARDED, DIALTRAIL_API_REQUESTS_PER_SECOND="0")
