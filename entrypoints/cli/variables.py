"""`--var NAME=VALUE`: what a recipient's row would have, given by hand."""

from collections.abc import Iterable
from typing import Annotated

import typer

from domain.errors import InvalidInput

Variables = Annotated[
    list[str] | None,
    typer.Option("--var", metavar="NAME=VALUE", help="A variable of the recipient, such as name=Ada; may be repeated."),
]


def variables_of(given: Iterable[str] | None) -> dict[str, str]:
    """The variables by name; of one that is given twice, the last. Raises `InvalidInput`."""
    variables: dict[str, str] = {}
    for one in given or ():
        name, is_one, value = one.partition("=")
        if not is_one or not name.strip():
            raise InvalidInput("--var", "must be a name and a value, like --var name=Ada")
        variables[name.strip()] = value
    return variables
