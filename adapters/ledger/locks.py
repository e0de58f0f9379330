"""The advisory locks of a PostgreSQL database that more than one of our rooms asks about."""

OWNER_LOCK = 0x0D1A_174B
"""Held by the session of the one process that dials on the database, for as long as it runs."""
