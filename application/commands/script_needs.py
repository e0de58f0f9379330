"""What a campaign's script needs to know of each recipient."""

from collections.abc import Mapping
from typing import Any

from domain.errors import InvalidInput
from domain.script import cleaned, required_variables, script_of

SCRIPT_NEEDS_IT = (
    "is missing or empty, and the campaign's script says it; fill it in, or give the script a default for it"
)


def needed_variables(written: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The variables that a stored script needs of everybody, in order; none of one that cannot be read."""
    if written is None:
        return ()
    try:
        return tuple(sorted(required_variables(script_of(written))))
    except InvalidInput:
        return ()


def missing_variable(needed: tuple[str, ...], variables: Mapping[str, str]) -> str | None:
    """The first of them that a recipient lacks, or has without anything that could be said."""
    return next((name for name in needed if not cleaned(variables.get(name, ""))), None)
