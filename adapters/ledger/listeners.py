"""Those who hear of each commit in the writer's thread: of its events, or of its size and time."""

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
        self._observers: list[Observer] = []

    def add(self, listener: Listener) -> None:
        """Hear of each commit, in the writer's thread, before those who asked for it do."""
        self._listeners.append(listener)

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
        """Tell of a commit's events, where it has any."""
        if not recorded:
            return
        for listener in self._listeners:
            try:
                listener(recorded)
            except Exception as error:  # noqa: BLE001 - a listener's failure must not undo or hide a commit
                self._failed(f"a listener of the ledger failed: {error!r}")
