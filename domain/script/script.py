"""A script: named steps, each with its actions and one way on."""

from collections.abc import Mapping

from msgspec import Struct

from domain.script.actions import Action, Ask, Handing


class Next(Struct, frozen=True, tag="next"):
    """Goes on with another step, without asking anybody."""

    step: str


class Gather(Struct, frozen=True, kw_only=True, tag="gather"):
    """Asks for digits and goes by them: `on` has exact digits. What is None goes where `no_input` goes.

    `invalid` is for other digits, `timeout` for when it did not become known in time what was pressed, and `exhausted`
    for a visit after the step was asked `tries_max` times in one call. `callback` has digits of `on` that wish a call again,
    with how long after that, such as `2h`.
    """

    ask: Ask
    on: Mapping[str, str] = {}
    no_input: str
    invalid: str | None = None
    timeout: str | None = None
    tries_max: int = 1
    exhausted: str | None = None
    callback: Mapping[str, str] = {}

    @property
    def on_invalid(self) -> str:
        """The step after digits that are not in `on`."""
        return self.no_input if self.invalid is None else self.invalid

    @property
    def on_timeout(self) -> str:
        """The step where the digits did not become known in time."""
        return self.no_input if self.timeout is None else self.timeout

    @property
    def on_exhausted(self) -> str:
        """The step instead of one more try."""
        return self.no_input if self.exhausted is None else self.exhausted


class HandOver(Struct, frozen=True, kw_only=True, tag="hand_over"):
    """Gives the call away. `otherwise` is the step where that fails and the provider goes on, which it may not do."""

    to: Handing
    otherwise: str | None = None


class End(Struct, frozen=True, tag="end"):
    """Nothing follows."""


Exit = Next | Gather | HandOver | End


class ScriptStep(Struct, frozen=True, kw_only=True):
    """Its actions in their order, and where it goes then."""

    actions: tuple[Action, ...] = ()
    exit: Exit


class Script(Struct, frozen=True, kw_only=True):
    """What a call says and asks. `defaults` stand for variables that a recipient lacks.

    A document with a text that still lacks one is replaced by that of `on_missing_variable`, or by `safe_text`.
    """

    start: str
    steps: Mapping[str, ScriptStep]
    defaults: Mapping[str, str] = {}
    on_missing_variable: str | None = None
    safe_text: str | None = None
