"""Clients of the HTTP API, each against what it is a client of."""
