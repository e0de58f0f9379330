"""A group whose commands are imported when they are used: the help and the completion of one wait for none of the others."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from entrypoints.cli.refused_value import in_our_words


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
        coerce_late(one)
    return command


def coerce_late(command: Any) -> None:
    """Let each parameter ask for its type when it has a value. Typer asks pydantic before, which help would wait for."""
    named = command.get_params

    def get_params(ctx: Any) -> list[Any]:
        parameters: list[Any] = named(ctx)  # with --help, which is in no other list
        for one in parameters:
            if "process_value" not in vars(one):
                one.process_value = _processing(one)
        return parameters

    command.get_params = get_params


def _processing(parameter: Any) -> Callable[[Any, Any], Any]:
    """Typer's own, but for values that need no type: what is not given, and what a shell completes."""
    coerced = parameter.process_value

    def process(ctx: Any, value: Any) -> Any:
        if ctx.resilient_parsing:
            return value
        if value is None and parameter.nargs == 1 and not (parameter.required or parameter.multiple):
            return None if parameter.callback is None else parameter.callback(ctx, parameter, None)
        try:
            return coerced(ctx, value)
        except typer.BadParameter as refused:
            refused.message = in_our_words(refused.message, value)
            raise

    return process


def paragraphs_unwrapped(text: str) -> str:
    """The text with a line for each paragraph."""
    return "\n\n".join(" ".join(one.split()) for one in text.split("\n\n"))


def _nothing() -> None:
    """Do nothing."""
