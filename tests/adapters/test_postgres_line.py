"""How long a line to a PostgreSQL server may be silent, in whichever way it is made."""

from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.engine import make_url

from adapters import postgres_line as of_the_ledger
from adapters.postgres_line import line_to
from projections import postgres_line as of_the_views
from projections.postgres_line import noticed_soon

URL = "postgresql://ada:s3cret@db.example.test/calls"


def test_a_line_to_a_machine_that_is_gone_is_given_up_soon_unless_the_url_says_otherwise() -> None:
    assert conninfo_to_dict(line_to(f"{URL}?keepalives_idle=60", application_name="us")) == {
        "user": "ada",
        "password": "s3cret",
        "host": "db.example.test",
        "dbname": "calls",
        "application_name": "us",
        "keepalives_idle": "60",
        "keepalives_interval": "2",
        "keepalives_count": "3",
        "tcp_user_timeout": "10000",
        "connect_timeout": "4",
    }
    assert noticed_soon(make_url(f"{URL}?keepalives_idle=60&connect_timeout=3")) == {
        "keepalives_interval": "2",
        "keepalives_count": "3",
        "tcp_user_timeout": "10000",
    }


def test_ledger_and_views_wait_for_equally_long() -> None:
    assert of_the_views.NOTICED_SOON == of_the_ledger.NOTICED_SOON
