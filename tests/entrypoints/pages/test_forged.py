"""Links, cookies and forms that somebody else made, or that were ours for another place: none lets in, or leads away."""

import ast
import html
import re
from pathlib import Path

from entrypoints.http.sessions import SESSION_COOKIE
from entrypoints.pages.places import own_place
from tests.entrypoints.pages.staging import GUARDED, TOKEN_OF, confirm, cookie_of, form_token, load, sign_in
from tests.entrypoints.serving import SECRET, TO, TOKENS, Serving, in_path, play

ROOM = Path(__file__).parents[3] / "entrypoints" / "pages"
ELSEWHERE = (
    "https://attacker.example/",
    "HTTPS:attacker.example",
    "https:/attacker.example",
    "//attacker.example",
    "///attacker.example",
    "/\\attacker.example",
    "\\\\attacker.example",
    "/\t/attacker.example",
    "\t//attacker.example",
    " //attacker.example",
    "/\n/attacker.example",
    "/\r\nset-cookie: a=b",
    "/\0/attacker.example",
    "//attacker.example@127.0.0.1:8080/",
    "javascript:alert(1)",
    "data:text/html,a",
    "attacker.example",
    "@attacker.example",
    "?next=//attacker.example",
    "http://[attacker",
    "/ä//attacker.example",
    "\u2215/attacker.example",
    "/" * 2_000,
    "",
)
OF_THESE = ("//attacker.example", "https://attacker.example/", "/\\attacker.example")
SUPPRESS = f"/suppressions/{in_path(TO)}/suppress"
ASKING = {"/sign-in": "next", "/time-zone": "next", SUPPRESS: "back"}
"""Each page that is told where to lead afterwards, and the field that says so."""


def hidden(page: str, name: str) -> list[str]:
    """The values of the hidden fields of that name."""
    return [html.unescape(one) for one in re.findall(rf'name="{name}" value="([^"]*)"', page)]


def test_only_a_place_of_ours_is_one_to_lead_to() -> None:
    assert {place: own_place(place) for place in ELSEWHERE} == dict.fromkeys(ELSEWHERE, "/")
    assert own_place("/calls?campaign=a") == "/calls?campaign=a"


def test_each_page_that_leads_back_leads_to_a_place_of_ours(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "operator")
        home = {"/sign-in": "/", "/time-zone": "/", SUPPRESS: "/suppressions"}
        for path, name in ASKING.items():
            for place in OF_THESE:
                page = (await stage.client.get(path, params={name: place})).text
                assert (path, place, set(hidden(page, name)) <= {"/", home[path]}) == (path, place, True)
            given = {"token": TOKEN_OF["operator"], "zone": "UTC", "form_token": form_token(await load(stage, "/"))}
            for place in OF_THESE:
                done = await stage.client.post(path, data={**given, name: place})
                assert (path, place, done.status_code) == (path, place, 303)
                assert (path, place, done.headers["location"] in {"/", home[path]}) == (path, place, True)
                given["form_token"] = form_token(await load(stage, "/"))  # signing in began another session

    play(tmp_path, scene, **GUARDED)


def test_what_a_request_says_leads_nowhere_by_itself() -> None:
    led = [
        ast.unparse(node.args[0])
        for path in ROOM.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "RedirectResponse"
    ]
    said = [one for one in led if "fields" in one or "query_params" in one]
    assert sorted(said) == ["own_place(fields.get('next', HOME))", "own_place(fields.get(BACK) or LIST)"]


def test_a_session_is_of_one_installation_one_token_and_one_role(tmp_path: Path) -> None:
    kept: list[str] = []

    async def before(stage: Serving) -> None:
        kept.append(cookie_of(await sign_in(stage, "operator")))

    def let_in(folder: str, tokens: str) -> bool:
        statuses: list[int] = []

        async def after(stage: Serving) -> None:
            for path in ("/", "/v1/campaigns"):
                shown = {"cookie": f"{SESSION_COOKIE}={kept[0]}"}
                statuses.append((await stage.client.get(path, headers=shown)).status_code)

        play(tmp_path / folder, after, DIALTRAIL_TOKENS=tokens, MINIVOICE_WEBHOOK_SECRET=SECRET)
        assert statuses in ([200, 200], [303, 401])
        return statuses == [200, 200]

    play(tmp_path / "own", before, **GUARDED)
    assert let_in("own", TOKENS)
    assert not let_in("other", TOKENS)
    assert not let_in("own", TOKENS.replace("command-token", "command-tokem"))
    assert not let_in("own", TOKENS.replace("olga:operator", "olga:viewer"))
    assert not let_in("own", TOKENS.replace("olga:", "oleg:"))


def test_a_form_of_one_session_is_none_of_another(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.client.post("/sign-in", data={"token": "second-token"})
        ottos = form_token(await load(stage, SUPPRESS))
        await sign_in(stage, "operator")
        for wrong in (ottos, "", "0" * len(ottos)):
            refused = await stage.client.post(SUPPRESS, data={"form_token": wrong})
            assert refused.status_code == 403
        assert stage.names() == []
        assert (await confirm(stage, SUPPRESS)).status_code == 303
        assert stage.names() == ["recipient.suppressed"]

    play(tmp_path, scene, **GUARDED)
