"""What is read off the metrics."""

from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

from entrypoints.http.routes.health import METRICS_CONTENT_TYPE
from tests.entrypoints.serving import Serving

Values = Mapping[tuple[str, tuple[tuple[str, str], ...]], float]


def read(text: str) -> Values:
    """Each sample of ours by its name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("dialtrail_")
    }


async def scraped(stage: Serving) -> Values:
    answer = await stage.client.get("/metrics")
    assert (answer.status_code, answer.headers["content-type"]) == (200, METRICS_CONTENT_TYPE)
    return read(answer.text)


def of(values: Values, name: str) -> dict[tuple[str, ...], float]:
    """The values of one metric by the values of its labels, in the order of the labels' names."""
    return {tuple(value for _, value in labels): count for (known, labels), count in values.items() if known == name}
