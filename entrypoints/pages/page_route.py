"""A page's address, and what its query may hold."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from entrypoints.http.parameters import AS_OF
from entrypoints.http.query import check_query
from entrypoints.pages.guard import let_in
from entrypoints.pages.written_time import MOMENTS, query_with_offsets

AS_OF_NOT_TAKEN = (
    "is not taken here: this page shows what is so now; campaigns, their recipients and plans, people and calls take it"
)
NOT_TAKEN: Mapping[str, str] = {AS_OF.name: AS_OF_NOT_TAKEN}

Handler = Callable[[Request], Awaitable[Response]]


class PageRoute(Route):
    """A page for one method. `takes` are its query parameters: any other is refused, with the nearest name or why;
    `repeated` may be given several times.

    A form in a browser sends each of its fields, those that nobody filled in as well: what is empty was not asked for. A
    time without an offset is sent on to the same page with that of the viewer's zone: an address means one thing to all.
    """

    def __init__(
        self,
        path: str,
        handler: Handler,
        *,
        method: str = "GET",
        takes: Sequence[str] = (),
        repeated: Sequence[str] = (),
        is_open: bool = False,
    ) -> None:
        async def answer(request: Request) -> Response:
            if not is_open:
                request.state.is_page = True
                refused = let_in(request)
                if refused is not None:
                    return refused
            check_query(request.query_params, takes, NOT_TAKEN, repeated, may_be_empty=True)
            if (query := query_with_offsets(request, MOMENTS)) is not None:
                return RedirectResponse(f"?{query}", status_code=303)
            return await handler(request)

        super().__init__(path, answer, methods=[method])
