"""The tables of the campaigns' figures, their checkpoints, and their pace by the minute."""

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from projections.row_writes import GREATEST, SUM
from projections.store import METADATA

NAME = "campaign_summary"
VERSION = 4
MINUTE_MICROS = 60_000_000
OF_ALL = 0
"""The pace of all campaigns together is kept under this number, which no campaign has."""
CAMPAIGN = Table(
    "campaign_summary",
    METADATA,
    Column("campaign", BigInteger, primary_key=True, autoincrement=False),
    Column("campaign_id", Text, nullable=False, unique=True),
    Column("changed_position", BigInteger, nullable=False),
    Column("counters", Text, nullable=False),
)
CHECKPOINT = Table(
    "campaign_summary_checkpoint",
    METADATA,
    Column("campaign", BigInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("counters", Text, nullable=False),
    sqlite_with_rowid=False,
)
PACE = Table(
    "campaign_pace",
    METADATA,
    Column("campaign", BigInteger, primary_key=True, autoincrement=False),
    Column("minute", BigInteger, primary_key=True, autoincrement=False),
    Column("sent", Integer, nullable=False, info=SUM),
    Column("answered", Integer, nullable=False, info=SUM),
    Column("ended", Integer, nullable=False, info=SUM),
    Column("at_once", Integer, nullable=False, info=GREATEST),
    Column("left_open", Integer, nullable=False),
    sqlite_with_rowid=False,
)
