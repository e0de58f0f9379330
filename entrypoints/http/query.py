"""What a request asks for by its query, held against what its route takes: nothing is ignored."""

import difflib
from collections.abc import Container, Mapping, Sequence

from starlette.datastructures import QueryParams

from domain.errors import InvalidInput

LIKENESS_MIN = 0.7
NOTHING: Mapping[str, str] = {}


def check_query(
    query: QueryParams,
    names: Sequence[str],
    not_taken: Mapping[str, str] = NOTHING,
    repeated: Container[str] = (),
    *,
    may_be_empty: bool = False,
) -> None:
    """Raises `InvalidInput` for a parameter that is none of `names`, is given twice, or has no value where it must.

    Those in `repeated` may be given several times. `not_taken` says why one that others take is not taken here.
    """
    seen = set()
    for name, value in query.multi_items():
        if name not in names:
            raise InvalidInput(name, not_taken.get(name) or _unknown(name, names))
        if name in seen and name not in repeated:
            raise InvalidInput(name, "is given more than once; give it once")
        if value == "" and not may_be_empty:
            raise InvalidInput(name, "is empty; give a value, or leave it out")
        seen.add(name)


def _unknown(name: str, names: Sequence[str]) -> str:
    if not names:
        return "is not taken here, and no other parameter is"
    near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=LIKENESS_MIN)
    if near:
        return f"is not taken here; do you mean {near[0]}?"
    return f"is not taken here; these are: {', '.join(names)}"
