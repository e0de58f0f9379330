"""For the library's case of a recorder by topic."""

from eventsourcing.postgres import PostgresTrackingRecorder


class OtherTrackingRecorder(PostgresTrackingRecorder):
    """Another one than the default."""
