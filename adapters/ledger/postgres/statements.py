"""What the ledger says to PostgreSQL, with its tables' names filled in."""

import re

from psycopg.sql import SQL, Composed, Identifier, Literal

from adapters.ledger.recorder import RESUMPTION

CREATE_LEASES = SQL(
    "CREATE TABLE IF NOT EXISTS {} "
    "(name text PRIMARY KEY, epoch bigint NOT NULL, holder text NOT NULL, until timestamptz NOT NULL)"
).format(Identifier("public", "ledger_leases"))
# What a session or the server may be set to while we run. `remote_write`, `on` and `remote_apply` wait for this
# server's disk, and are left as they are.
WAITS_FOR_TOO_LITTLE = "'off', 'local'"
IDENTITY = (
    "SELECT (SELECT system_identifier::text FROM pg_control_system()), "
    "(SELECT timeline_id FROM pg_control_checkpoint()), "
    "(SELECT oid::bigint FROM pg_database WHERE datname=current_database())"
)
_NO_TEXT = re.compile(r"[\0\ud800-\udfff]")


class Statements:
    """The statements on one ledger's tables: `table` has its events, `meta` its own settings."""

    def __init__(self, table: Identifier, meta: Identifier, lock_timeout_seconds: int, channel: str) -> None:
        self.begin = SQL("BEGIN ISOLATION LEVEL READ COMMITTED; ") + self._lock(table, lock_timeout_seconds)
        self.insert = SQL(
            "INSERT INTO {table} (originator_id, originator_version, topic, state) "
            "SELECT * FROM unnest(%b::text[], %b::bigint[], %b::text[], %b::bytea[]) "
            "RETURNING notification_id, pg_current_xact_id()::text, (SELECT pg_notify({channel}, '') IS NULL)"
        ).format(table=table, channel=Literal(channel))
        self._name_rows(table)
        self._name_looks(table)
        self._name_streams(table)
        self._name_meta(meta)

    def _name_rows(self, table: Identifier) -> None:
        names = {"table": table}
        rows = SQL("SELECT notification_id, originator_id, originator_version, topic, state FROM {table}").format(
            **names
        )
        self.select_stream = rows + SQL(" WHERE originator_id=%s AND originator_version>%s ORDER BY originator_version")
        self.select_stream_up_to = rows + SQL(
            " WHERE originator_id=%s AND originator_version>%s AND notification_id<=%s ORDER BY originator_version"
        )
        self.select_stream_within = SQL(
            "SELECT notification_id, originator_id, originator_version, topic, state FROM ("
            "SELECT *, sum(octet_length(state)) OVER (ORDER BY originator_version) AS bytes FROM ("
            "SELECT * FROM {table} WHERE originator_id=%s AND originator_version>%s "
            "ORDER BY originator_version LIMIT %s) AS first) AS summed "
            "WHERE bytes - octet_length(state) <= %s ORDER BY originator_version"
        ).format(**names)
        self.select_streams = rows + SQL(
            " WHERE originator_id=ANY(%s) AND notification_id<=%s ORDER BY originator_id, originator_version"
        )
        self.select_newer = rows + SQL(
            " JOIN unnest(%s::text[], %s::bigint[]) AS known(stream, version) "
            "ON originator_id=stream AND originator_version>version LIMIT %s"
        )
        self.select_newer_within = SQL(
            "SELECT notification_id, originator_id, originator_version, topic, state FROM ("
            "SELECT *, sum(octet_length(state)) OVER (ORDER BY notification_id) AS bytes FROM ("
            "SELECT {table}.* FROM {table} JOIN unnest(%s::text[], %s::bigint[]) AS known(stream, version) "
            "ON originator_id=stream AND originator_version>version LIMIT %s) AS first) AS summed "
            "WHERE bytes - octet_length(state) <= %s ORDER BY notification_id"
        ).format(**names)
        self.select_feed = rows + SQL(" WHERE notification_id>%s ORDER BY notification_id LIMIT %s")
        self.select_named = rows + SQL(
            " WHERE notification_id>%s AND notification_id<=%s AND topic=%s ORDER BY notification_id"
        )
        self.select_resumptions = rows + SQL(" WHERE topic={} AND notification_id>%s ORDER BY notification_id").format(
            Literal(RESUMPTION)
        )

    def _name_looks(self, table: Identifier) -> None:
        names = {"table": table}
        self.select_state = SQL(
            "SELECT state, topic, coalesce((SELECT max(notification_id) FROM {table} WHERE topic={resumption}), 0) "
            "FROM {table} WHERE notification_id=%s"
        ).format(resumption=Literal(RESUMPTION), **names)
        self.has_events = SQL("SELECT EXISTS (SELECT FROM {table})").format(**names)
        self.select_known = SQL(
            "SELECT originator_id FROM {table} WHERE originator_version=1 AND originator_id=ANY(%s)"
        ).format(**names)
        # OFFSET 0: found by name, not from the end backwards, for its last event may be far behind that.
        self.select_last_stream = SQL(
            "SELECT originator_id FROM (SELECT originator_id, notification_id FROM {table} "
            "WHERE originator_id>=%s AND originator_id<%s OFFSET 0) AS named "
            "WHERE starts_with(originator_id, %s) ORDER BY notification_id DESC LIMIT 1"
        ).format(**names)

    def _name_streams(self, table: Identifier) -> None:
        self.streams_of = SQL(
            'SELECT DISTINCT originator_id COLLATE "C" FROM {table} '
            "WHERE originator_id>=%s AND originator_id<%s AND starts_with(originator_id, %s) ORDER BY 1"
        ).format(table=table)

    def _lock(self, table: Identifier, seconds: int) -> Composed:
        return SQL(
            "SET LOCAL lock_timeout = '{seconds}s'; "
            "SELECT set_config('synchronous_commit', 'on', true) "
            "WHERE current_setting('synchronous_commit') IN ({too_little}); "
            "LOCK TABLE {table} IN EXCLUSIVE MODE; "
            "SELECT clock_timestamp(), (SELECT max(notification_id) FROM {table}), current_setting('fsync'), "
            "(SELECT epoch FROM public.ledger_leases WHERE name='dialer' AND until > clock_timestamp())"
        ).format(seconds=seconds, too_little=SQL(WAITS_FOR_TOO_LITTLE), table=table)

    def _name_meta(self, meta: Identifier) -> None:
        names = {"meta": meta}
        self.select_meta = SQL("SELECT value FROM {meta} WHERE name=%s").format(**names)
        self.insert_meta = SQL("INSERT INTO {meta} VALUES (%s, %s)").format(**names)
        self.replace_meta = self.insert_meta + SQL(" ON CONFLICT (name) DO UPDATE SET value=excluded.value")
        self.delete_meta = SQL("DELETE FROM {meta} WHERE name=%s").format(**names)


def is_text(name: str) -> bool:
    """Whether PostgreSQL takes a name at all: no event of its has one with NUL, so that nothing is known under it."""
    return _NO_TEXT.search(name) is None
