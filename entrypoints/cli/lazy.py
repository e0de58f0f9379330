"""A group whose commands are imported when they are used: the help and the completion of one wait for none of the others."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup


class CommandPlace(NamedTuple):
    """Where a command is: `attribute` of `module` is its function, or the Typer of a group; `epilog` its example's name.

    `help` is what the list of commands says of it: the first paragraph of its own help, which is not imported for that.
    """

    module: str
    attribute: str
    help: str
    epilog: str = "EPILOG"


class LazyGroup(TyperGroup):
    """A group of `places`. Until one of them is used, a command that knows only its name and help stands for it."""

    places: ClassVar[Mapping[str, CommandPlace]] = {}

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, place in self.places.items():
            self.add_command(TyperCommand(name, help=place.help))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the words begin with, imported by now."""
        if (place := self.places.get(args[0])) is not None:
            self.add_command(loaded(args[0], place, self.rich_markup_mode))
        return super().resolve_command(ctx, args)


def loaded(name: str, place: CommandPlace, markup: Any = None) -> Any:
    """The command itself. Each paragraph of its help is one line, for Rich breaks where the source does."""
    module = import_module(place.module)
    found = getattr(module, place.attribute)
    app = typer.Typer(add_completion=False, rich_markup_mode=markup)
    app.callback()(_nothing)  # else Typer makes no group of a single command
    if isinstance(found, typer.Typer):
        app.add_typer(found, name=name)
    else:
        app.command(name, epilog=getattr(module, place.epilog, None))(found)
    group: Any = typer.main.get_command(app)
    command = group.commands[name]
    for one in (command, *getattr(command, "commands", {}).values()):
        one.help = paragraphs_unwrapped(one.help or "")
    return command


def paragraphs_unwrapped(text: str) -> str:
    """The text with a line for each paragraph."""
    return "\n\n".join(" ".join(one.split()) for one in text.split("\n\n"))


def _nothing() -> None:
    """Do nothing."""
