"""The library's application, with our mapper and recorder."""

from collections.abc import Mapping

from eventsourcing.application import Application
from eventsourcing.persistence import Mapper
from eventsourcing.utils import Environment, EnvType

from adapters.event_mapper import EventMapper


class LedgerApplication(Application[str]):
    """The library's application, with our mapper, on text ids."""

    name = "Ledger"

    def __init__(self, env: Mapping[str, str]) -> None:
        super().__init__({**env, "ORIGINATOR_ID_TYPE": "text", "MAPPER_TOPIC": "", "IS_SNAPSHOTTING_ENABLED": "n"})

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """Ours alone: the library would mix the process's environment in."""
        return Environment(name, env)

    def close(self) -> None:
        """Let go of the database, and of the keys."""
        super().close()
        mapper: EventMapper = self.mapper  # type: ignore[assignment]
        if mapper.personal_cipher is not None:
            mapper.personal_cipher.close()

    def construct_mapper(self) -> Mapper[str]:
        """Ours."""
        return EventMapper()
