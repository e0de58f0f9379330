"""The library's own tests, on our recorder for PostgreSQL."""

from typing import Any

import pytest
from eventsourcing.persistence import InfrastructureFactory
from eventsourcing.postgres import (
    PostgresAggregateRecorder,
    PostgresProcessRecorder,
    PostgresTrackingRecorder,
)
from eventsourcing.tests import persistence as conformance
from eventsourcing.utils import Environment, get_topic
from psycopg.conninfo import conninfo_to_dict

from adapters.ledger.postgres import PostgresFactory, PostgresRecorder
from adapters.ledger.postgres.datastore import ServerDatastore
from tests.adapters.ledger.postgres_server import Server
from tests.adapters.ledger.postgres_tracking import OtherTrackingRecorder


class PostgresRecorderCase(conformance.RecorderTestCase):
    numbers = iter(range(10**9))

    @pytest.fixture(autouse=True)
    def _database(self, postgres: Server) -> None:
        self.url = postgres.new_database()

    def new_originator_id(self) -> str:
        return f"call:{next(self.numbers)}"

    def create_recorder(self) -> PostgresRecorder:
        datastore = ServerDatastore(self.url, lock_seconds_max=0, idle_seconds_max=0)
        self.addCleanup(datastore.close)
        recorder = PostgresRecorder(datastore)
        recorder.create_table()
        return recorder


class TestTheLibrarysApplicationRecorder(PostgresRecorderCase, conformance.ApplicationRecorderTestCase[Any]):
    """The library's own cases, on ours."""

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestTheLibrarysNonInterleavingPositions(PostgresRecorderCase, conformance.NonInterleavingNotificationIDsBaseCase):
    insert_num = 500


class TestTheLibrarysFactory(conformance.InfrastructureFactoryTestCase[Any]):
    """Ours makes our recorder, and the library's own where the ledger has none."""

    @pytest.fixture(autouse=True)
    def _environment(self, postgres: Server) -> None:
        url = postgres.new_database()
        parameters = conninfo_to_dict(url)
        self.env = Environment("Ledger")
        self.env["DATABASE_URL"] = url
        self.env[InfrastructureFactory.PERSISTENCE_MODULE] = get_topic(PostgresFactory)
        for name in ("dbname", "host", "user", "password"):
            self.env[f"POSTGRES_{name.upper()}"] = str(parameters.get(name) or "")
        self.env["ORIGINATOR_ID_TYPE"] = "text"

    def expected_factory_class(self) -> type[Any]:
        return PostgresFactory

    def expected_application_recorder_class(self) -> type[Any]:
        return PostgresRecorder

    def expected_aggregate_recorder_class(self) -> type[Any]:
        return PostgresAggregateRecorder

    def expected_tracking_recorder_class(self) -> type[Any]:
        return PostgresTrackingRecorder

    def tracking_recorder_subclass(self) -> type[Any]:
        return OtherTrackingRecorder

    def expected_process_recorder_class(self) -> type[Any]:
        return PostgresProcessRecorder
