"""The library's own tests, on our recorder for SQLite."""

from tempfile import TemporaryDirectory

from eventsourcing.persistence import InfrastructureFactory
from eventsourcing.sqlite import SQLiteAggregateRecorder, SQLiteProcessRecorder, SQLiteTrackingRecorder
from eventsourcing.tests import persistence as conformance
from eventsourcing.utils import Environment, get_topic

from adapters.ledger.sqlite import LedgerDatastore, SqliteFactory, SqliteRecorder


class SqliteRecorderCase(conformance.RecorderTestCase):
    numbers = iter(range(10**9))

    def setUp(self) -> None:
        self.folder = TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def new_originator_id(self) -> str:
        return f"call:{next(self.numbers)}"

    def create_recorder(self) -> SqliteRecorder:
        datastore = LedgerDatastore(f"file:{self.folder.name}/ledger.db", originator_id_type="text")
        self.addCleanup(datastore.close)
        recorder = SqliteRecorder(datastore)
        recorder.create_table()
        return recorder


class TestTheLibrarysApplicationRecorder(SqliteRecorderCase, conformance.ApplicationRecorderTestCase[SqliteRecorder]):
    """The library's own cases, on ours."""


class TestTheLibrarysNonInterleavingPositions(SqliteRecorderCase, conformance.NonInterleavingNotificationIDsBaseCase):
    insert_num = 500


class OtherTrackingRecorder(SQLiteTrackingRecorder):
    """For the library's case of a recorder by topic."""


class TestTheLibrarysFactory(conformance.InfrastructureFactoryTestCase[SqliteFactory]):
    """Ours makes our recorder, and the library's own where the ledger has none."""

    def setUp(self) -> None:
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.env = Environment("Ledger")
        self.env[InfrastructureFactory.PERSISTENCE_MODULE] = get_topic(SqliteFactory)
        self.env[SqliteFactory.SQLITE_DBNAME] = f"file:{folder.name}/ledger.db"
        super().setUp()

    def expected_factory_class(self) -> type[SqliteFactory]:
        return SqliteFactory

    def expected_aggregate_recorder_class(self) -> type[SQLiteAggregateRecorder]:
        return SQLiteAggregateRecorder

    def expected_application_recorder_class(self) -> type[SqliteRecorder]:
        return SqliteRecorder

    def expected_tracking_recorder_class(self) -> type[SQLiteTrackingRecorder]:
        return SQLiteTrackingRecorder

    def tracking_recorder_subclass(self) -> type[SQLiteTrackingRecorder]:
        return OtherTrackingRecorder

    def expected_process_recorder_class(self) -> type[SQLiteProcessRecorder]:
        return SQLiteProcessRecorder
