"""What is asked, apart from how it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True)
class ApiRequest(Generic[AnswerT]):
    """One request, and by its type what the answer's JSON is. `body` is sent as JSON; None: without a body."""

    method: str
    path: str
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Any = None


def path_of(*segments: str) -> str:
    """A path of these segments, each as one whatever is in it. A dot is written out as well: `..` would walk up."""
    return "".join("/" + quote(segment, safe="").replace(".", "%2E") for segment in segments)
