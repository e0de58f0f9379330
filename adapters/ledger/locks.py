"""The advisory locks of a PostgreSQL database that more than one of our rooms asks about."""

OWNER_LOCK = 0x0D1A_174B
"""Shared by the sessions of all processes that run on the database. An earlier version holds it for itself alone."""
