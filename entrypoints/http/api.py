"""The API's routes as one ASGI application: a route is found by the parts of its path, and an error is told as the problem that it is."""

from collections.abc import Mapping, Sequence

from starlette.datastructures import State
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from domain.errors import DialtrailError
from entrypoints.http.openapi.operation import DescribedRoute
from entrypoints.http.problems import internal, log_mistake, no_such_method, no_such_route, problem_of

Parts = tuple[int, str]


class ApiRoutes:
    """Answers by its routes; what they answer from is in `state`.

    A template's parameters are each one part of the path. Where several templates take a path, the first that has a route
    for the method does; only those are tried that have as many parts, and end alike.
    """

    def __init__(self, routes: Sequence[DescribedRoute]) -> None:
        self.routes = routes
        self.state = State()
        self._near = _by_parts(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        scope["app"] = self
        request = Request(scope, receive, send)
        try:
            answer = await self._answer(request)
        except DialtrailError as error:
            answer = problem_of(error)
        except ClientDisconnect:  # nobody is there to read an answer, and nothing went wrong here
            answer = Response(status_code=408)
        except Exception as error:
            log_mistake(request, error)
            await internal()(scope, receive, send)
            raise
        try:
            await answer(scope, receive, send)
        except Exception as error:
            log_mistake(request, error)
            raise

    async def _answer(self, request: Request) -> Response:
        scope = request.scope
        otherwise: list[tuple[DescribedRoute, Scope]] = []
        for route in self._tried(scope["path"]):
            match, found = route.matches(scope)
            if match is Match.FULL:
                scope.update(found, route=route)
                return await route.answer(request)
            if match is Match.PARTIAL:
                otherwise.append((route, found))
        if not otherwise:
            return no_such_route()
        route, found = otherwise[0]
        scope.update(found, route=route)
        return no_such_method(route for route, _ in otherwise)

    def _tried(self, path: str) -> Sequence[DescribedRoute]:
        by_end = self._near.get(_parts_of(path))
        return () if by_end is None else by_end.get(path.rpartition("/")[2], by_end[""])


def _by_parts(routes: Sequence[DescribedRoute]) -> Mapping[Parts, Mapping[str, Sequence[DescribedRoute]]]:
    """By how many parts a path has, and its second: by its last part the routes that may take it; under "" those that take any."""
    near: dict[Parts, list[DescribedRoute]] = {}
    for route in routes:
        count, second = _parts_of(route.path)
        if second.startswith("{"):
            raise ValueError(f"{route.path} would not be found: a parameter may not be its second part")
        near.setdefault((count, second), []).append(route)
    return {parts: _by_end(some) for parts, some in near.items()}


def _by_end(routes: Sequence[DescribedRoute]) -> Mapping[str, Sequence[DescribedRoute]]:
    """In their order: by the last part of a path those that may take it; under "" those that take any."""
    ends = [_end(route) for route in routes]
    return {
        wanted: [route for route, end in zip(routes, ends, strict=True) if end in {wanted, ""}]
        for wanted in {*ends, ""}
    }


def _parts_of(path: str) -> Parts:
    parts = path.split("/", 3)
    return path.count("/"), parts[2] if len(parts) > 2 else ""


def _end(route: Route) -> str:
    """The last part of a template; "" where that is a parameter, or nothing."""
    end = route.path.rpartition("/")[2]
    return "" if end.startswith("{") else end
