"""Which parts of Dialtrail a process runs."""

from typing import Literal

from msgspec import Struct

ViewsKept = Literal["here", "apart", "elsewhere"]


class Role(Struct, frozen=True, kw_only=True):
    """By the command that starts it. `views` says where they are kept: here, by a process of its own, or by another one.

    It `stays` unless it only answers one question: then it is none of those that keep the views as long as they run.
    """

    command: str
    serves: bool = False
    dials: bool = False
    views: ViewsKept = "elsewhere"
    stays: bool = True


def within(command: str, *, dials: bool) -> Role:
    """All of it in this process, which may place calls once its dialer is run, or only asks."""
    return Role(command=command, dials=dials, views="here", stays=dials)


UP = Role(command="up", serves=True, dials=True, views="apart")
SERVE = Role(command="serve", serves=True)
DIAL = Role(command="dial", dials=True)
PROJECT = Role(command="project", views="here")
ALONE = (SERVE, DIAL, PROJECT)
