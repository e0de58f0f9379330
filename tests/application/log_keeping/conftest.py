"""What the log's tests share."""

from tests.application.log_keeping.ledgers import place

__all__ = ["place"]
