"""Everything that reads what others wrote, by name."""

from collections.abc import Mapping

from tests.journeys.hostile.asked import ANSWERS, CURSORS_ASKED, DELIVERIES
from tests.journeys.hostile.bundles import BUNDLES
from tests.journeys.hostile.files import CAMPAIGN_FILES, RECIPIENTS_BOOK, RECIPIENTS_CSV
from tests.journeys.hostile.judge import Surface
from tests.journeys.hostile.webhooks import WEBHOOKS

ALL = (WEBHOOKS, DELIVERIES, ANSWERS, CURSORS_ASKED, RECIPIENTS_CSV, RECIPIENTS_BOOK, CAMPAIGN_FILES, BUNDLES)
SURFACES: Mapping[str, Surface] = {one.name: one for one in ALL}
