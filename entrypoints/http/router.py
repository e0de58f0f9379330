"""Finds a route by its parts: of many templates only those are tried that have as many, and end alike."""

from collections.abc import Mapping, Sequence

from starlette.routing import Match, Route, Router
from starlette.types import Receive, Scope, Send

Parts = tuple[int, str]


class PartsRouter(Router):
    """Starlette's router, which by itself tries one template after the other.

    A template's parameters are each one part of the path. Where several take a path, the first does, as there; what none
    takes, and what none takes by this method, is left to it.
    """

    def __init__(self, routes: Sequence[Route]) -> None:
        super().__init__(routes, redirect_slashes=False)
        self._near = _by_parts(routes)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the route of this path answer."""
        by_end = self._near.get(_parts_of(scope["path"]))
        if by_end is not None:
            for route in by_end.get(scope["path"].rpartition("/")[2], by_end[""]):
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope["router"], scope["route"] = self, route
                    scope.update(found)
                    await route.handle(scope, receive, send)
                    return
        await super().app(scope, receive, send)


def _by_parts(routes: Sequence[Route]) -> Mapping[Parts, Mapping[str, Sequence[Route]]]:
    """By how many parts a path has, and its second: by its last part the routes that may take it; under "" those that take any."""
    near: dict[Parts, list[Route]] = {}
    for route in routes:
        near.setdefault(_parts_of(route.path), []).append(route)
    found: dict[Parts, dict[str, list[Route]]] = {}
    for parts, some in near.items():
        ends = {_end(route) for route in some} | {""}
        found[parts] = {end: [route for route in some if _end(route) in {end, ""}] for end in ends}
    return found


def _parts_of(path: str) -> Parts:
    parts = path.split("/", 3)
    return path.count("/"), parts[2] if len(parts) > 2 else ""


def _end(route: Route) -> str:
    """The last part of a template; "" where that is a parameter, or nothing."""
    end = route.path.rpartition("/")[2]
    return "" if end.startswith("{") else end
