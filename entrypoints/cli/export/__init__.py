"""`dialtrail export …`: recipients, calls and events as CSV or JSON lines, for people's own tools."""

from entrypoints.cli.export.command import app
