"""Those who hear of commits in the writer's thread: of their events, whoever committed them, or of the size and time of ours."""

from collections.abc import Callable, Sequence

from domain.events import Recorded

Listener = Callable[[Sequence[Recorded]], None]
Observer = Callable[[int, int, float], None]
"""How many commands one commit decided, how many events it stored, and how many seconds it took."""


class Listeners:
    """What one of them fails at undoes and hides no commit; `failed` is told why."""

    def __init__(self, failed: Callable[[str], None]) -> None:
        self._failed = failed
        self._listeners: list[Listener] = []
        self._own: list[Listener] = []
        self._observers: list[Observer] = []

    def add(self, listener: Listener) -> None:
        """Hear of each event, in the ledger's order, and of ours before those who asked for it do."""
        self._listeners.append(listener)

    def add_own(self, listener: Listener) -> None:
        """Hear of what this process commits, and of no other's."""
        self._own.append(listener)

    def add_observer(self, observer: Observer) -> None:
        """Be told of each commit's size and time, in the writer's thread."""
        self._observers.append(observer)

    def observe(self, commands: int, events: int, seconds: float) -> None:
        """Tell of a commit's size and time."""
        for observer in self._observers:
            try:
                observer(commands, events, seconds)
            except Exception as error:  # noqa: BLE001 - a number that was not noted must not undo or hide a commit
                self._failed(f"an observer of the ledger failed: {error!r}")

    def announce(self, recorded: Sequence[Recorded]) -> None:
        """Tell of the events of a commit of ours, where it has any."""
        self._tell([*self._listeners, *self._own], recorded)

    def announce_others(self, recorded: Sequence[Recorded]) -> None:
        """Tell of what other processes have committed, where there is any."""
        self._tell(self._listeners, recorded)

    def say_failed(self, why: str) -> None:
        """Some of it could not be told."""
        self._failed(why)

    def _tell(self, listeners: Sequence[Listener], recorded: Sequence[Recorded]) -> None:
        if not recorded:
            return
        for listener in listeners:
            try:
                listener(recorded)
            except Exception as error:  # noqa: BLE001 - a listener's failure must not undo or hide a commit
                self._failed(f"a listener of the ledger failed: {error!r}")
