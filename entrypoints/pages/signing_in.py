"""Signing in with a token of DIALTRAIL_TOKENS, and out again."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from entrypoints.http.problems import TooManyRequests, Unauthorized
from entrypoints.http.sessions import SESSION_COOKIE, SESSION_SECONDS_MAX
from entrypoints.pages.guard import access_of, check_origin, read_fields, read_form
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.places import HOME, own_place
from entrypoints.pages.rendering import page

SIGN_IN = "/sign-in"


async def ask(request: Request) -> Response:
    """GET /sign-in: the form; without tokens there is nothing to sign in to."""
    if not access_of(request).needs_token:
        return RedirectResponse(HOME, status_code=303)
    return page(request, "sign_in.html", going_to=own_place(request.query_params.get("next", HOME)), wrong=None)


async def sign_in(request: Request) -> Response:
    """POST /sign-in."""
    access = access_of(request)
    if not access.needs_token:
        return RedirectResponse(HOME, status_code=303)
    request.state.is_page = True
    check_origin(request)
    fields = await read_fields(request)
    going_to = own_place(fields.get("next", HOME))
    try:
        actor = access.sign_in(request, fields.get("token", "").strip())
    except Unauthorized:
        wrong = "This token is not known here. It is one of DIALTRAIL_TOKENS: the part after the second colon."
        return page(request, "sign_in.html", 401, going_to=going_to, wrong=wrong)
    except TooManyRequests as error:
        refused = page(request, "sign_in.html", 429, going_to=going_to, wrong=str(error))
        refused.headers["retry-after"] = str(error.retry_after_seconds)
        return refused
    access.admit(request.scope, actor)
    answer = RedirectResponse(going_to, status_code=303)
    answer.set_cookie(
        SESSION_COOKIE,
        access.sessions.begin(actor.name),
        max_age=SESSION_SECONDS_MAX,
        path=request.app.state.public_path.of_cookies,
        secure=request.app.state.is_https,
        httponly=True,
        samesite="lax",
    )
    return answer


async def sign_out(request: Request) -> Response:
    """POST /sign-out: the cookie is taken back, and would let nobody in any more."""
    await read_form(request)
    await access_of(request).sign_out(request)
    answer = RedirectResponse(SIGN_IN, status_code=303)
    answer.delete_cookie(
        SESSION_COOKIE,
        path=request.app.state.public_path.of_cookies,
        secure=request.app.state.is_https,
        httponly=True,
        samesite="lax",
    )
    return answer


ROUTES = [
    PageRoute(SIGN_IN, ask, takes=("next",), is_open=True),
    PageRoute(SIGN_IN, sign_in, method="POST", is_open=True),
    PageRoute("/sign-out", sign_out, method="POST"),
]
