"""What Dialtrail counts, for Prometheus: plain numbers where it happens, made into its text only when somebody asks."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from adapters.minivoice_answers import BY_CODE, CALL_MISSING
from adapters.minivoice_insights import INSIGHT_MISSING, RECORDING_REFUSALS
from adapters.provider_answer import ProviderAnswer
from application.consent_metrics import ConsentMetrics
from application.drift import drifted
from application.log_figures import LogFigures
from application.wish_metrics import WishMetrics
from domain.call import REPORTS
from domain.errors import DialtrailError
from domain.events import Recorded

WebhookResult = Literal["stored", "redelivered", "quarantined", "refused", "unreadable", "too_large", "unavailable"]

OTHER = "other"
NO_ANSWER = "no_answer"
NO_ROUTE = "none"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
SIZES = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)
ATTEMPTS = {f"attempt.{outcome}": outcome for outcome in ("accepted", "refused", "abandoned", "unresolved")}
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
PROVIDER_CODES = (
    frozenset(BY_CODE) | {"originate_failed", CALL_MISSING} | frozenset(INSIGHT_MISSING.values()) | RECORDING_REFUSALS
)


class Gauges(Struct, frozen=True, kw_only=True):
    """What is looked up when somebody asks. `views_behind` gives how many events, and for how many seconds."""

    waiting: Callable[[], Mapping[str, int]]
    position: Callable[[], int]
    views_behind: Callable[[], tuple[int, float]]
    calls_in_flight: Callable[[], int]
    log_lines_dropped: Callable[[], int]
    wal_bytes: Callable[[], Mapping[str, int]]


class Spread:
    """How often a value fell between which bounds. One thread observes; any may read."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        """Count a value; one that equals a bound is below it."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def add_to(self, family: HistogramMetricFamily, labels: Sequence[str] = ()) -> None:
        """What was observed so far, as the library's cumulative buckets."""
        total, buckets = 0, []
        for bound, count in zip((*self._bounds, float("inf")), self._counts, strict=True):
            total += count
            buckets.append((_bound_text(bound), total))
        family.add_metric(labels, buckets, self._sum)


class Metrics(Collector):
    """The numbers of one installation, in a registry of their own."""

    def __init__(self) -> None:
        self._gauges: Gauges | None = None
        self._consents = ConsentMetrics()
        self._more: list[Callable[[], Iterable[Metric]]] = [self._consents.collect]
        self._webhooks: dict[tuple[str, ...], int] = {}
        self._webhook_seconds = Spread(SECONDS)
        self._answers: dict[tuple[str, ...], int] = {}
        self._answer_seconds = Spread(SECONDS)
        self._lookups: dict[tuple[str, ...], int] = {}
        self._lookup_seconds = Spread(SECONDS)
        self._agents_asked: dict[tuple[str, ...], int] = {}
        self._commit_commands = Spread(SIZES)
        self._commit_events = Spread(SIZES)
        self._commit_seconds = Spread(SECONDS)
        self._attempts: dict[tuple[str, ...], int] = {(outcome,): 0 for outcome in ATTEMPTS.values()}
        self._drift: dict[tuple[str, ...], int] = {}
        self._provider_errors: dict[tuple[str, ...], int] = {}
        self._provider_seconds: dict[str, Spread] = {}
        self._requests: dict[tuple[str, ...], int] = {}
        self._bad_requests: dict[tuple[str, ...], int] = {}
        self._request_seconds: dict[str, Spread] = {}
        self._told: dict[tuple[str, ...], int] = {("delivered",): 0, ("failed",): 0}
        self.wishes = WishMetrics()
        self.log = LogFigures()
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(self)
        ProcessCollector(registry=self.registry)

    def watch(self, gauges: Gauges) -> None:
        """Look these up whenever somebody asks."""
        self._gauges = gauges

    def add(self, more: Callable[[], Iterable[Metric]]) -> None:
        """Show these as well whenever somebody asks."""
        self._more.append(more)

    def webhook(self, event: str, result: WebhookResult, seconds: float) -> None:
        """A delivery was answered; `event` is empty where it is not known what it was about."""
        key = (event, result) if event in REPORTS else (OTHER, result)
        self._webhooks[key] = self._webhooks.get(key, 0) + 1
        self._webhook_seconds.observe(seconds)

    def answer(self, result: str, seconds: float) -> None:
        """The provider was told what a call says; `result` is `served`, or why it was something else."""
        _count(self._answers, result)
        self._answer_seconds.observe(seconds)

    def lookup(self, result: str, seconds: float) -> None:
        """A campaign's lookup was asked; `result` is `call`, `no_call` or `failed`."""
        _count(self._lookups, result)
        self._lookup_seconds.observe(seconds)

    def agents_asked(self, result: str) -> None:
        """A campaign's `agents.url` was asked; `result` is `told` or `failed`."""
        _count(self._agents_asked, result)

    def commit(self, commands: int, events: int, seconds: float) -> None:
        """The ledger's writer committed."""
        self._commit_commands.observe(commands)
        self._commit_events.observe(events)
        self._commit_seconds.observe(seconds)

    def recorded(self, batch: Sequence[Recorded]) -> None:
        """The ledger has these events."""
        for recorded in batch:
            outcome = ATTEMPTS.get(recorded.event.NAME)
            if outcome is not None:
                self._attempts[(outcome,)] += 1
        self.wishes.recorded(batch)
        self._consents.recorded(batch)
        for _, source, drift in drifted(batch):
            for fault in drift:
                _count(self._drift, source, fault.partition(":")[0])

    def provider_answered(self, answer: ProviderAnswer) -> None:
        """MiniVoice answered one of our requests, or did not."""
        self._provider_seconds.setdefault(answer.operation, Spread(SECONDS)).observe(answer.seconds)
        if answer.status is not None and answer.status < 400:
            return
        code = NO_ANSWER if answer.status is None else answer.code if answer.code in PROVIDER_CODES else OTHER
        _count(self._provider_errors, answer.operation, code or OTHER)

    def request(self, route: str | None, method: str, status: int, seconds: float) -> None:
        """A request was answered; `route` is its template, None where it matches none."""
        known = route or NO_ROUTE
        _count(self._requests, known, method if method in METHODS else OTHER, str(status))
        spread = self._request_seconds.get(known)
        if spread is None:
            spread = self._request_seconds[known] = Spread(SECONDS)
        spread.observe(seconds)

    def told_subscriber(self, result: str) -> None:
        """A delivery to a subscriber was tried; `result` is `delivered` or `failed`."""
        _count(self._told, result)

    def bad_request(self, reason: str) -> None:
        """A client sent what is no request, more than it may, or too slowly; or there was no room for it."""
        _count(self._bad_requests, reason)

    def text(self) -> bytes:
        """All of it, in Prometheus' text format."""
        return generate_latest(self.registry)

    def collect(self) -> Iterator[Metric]:
        """The library's hook: everything, now."""
        yield _counter("webhooks", "Deliveries of MiniVoice, answered.", ("event", "result"), self._webhooks)
        yield _spread("webhook_seconds", "From a delivery's first byte to its answer.", self._webhook_seconds)
        yield _counter("answers", "Documents served to MiniVoice.", ("result",), self._answers)
        yield _spread("answer_seconds", "From the question what a call says to the document.", self._answer_seconds)
        yield _counter("lookups", "Questions to campaigns' lookups.", ("result",), self._lookups)
        yield _spread("lookup_seconds", "From a question to a lookup's answer, or none.", self._lookup_seconds)
        yield _counter("agents_asked", "Questions how many agents are free.", ("result",), self._agents_asked)
        yield _spread("commit_commands", "Commands in one commit of the ledger.", self._commit_commands)
        yield _spread("commit_events", "Events in one commit of the ledger.", self._commit_events)
        yield _spread("commit_seconds", "From a commit's first decision to the disk.", self._commit_seconds)
        yield _counter("drift", "Fields of reports that were not as documented.", ("source", "field"), self._drift)
        yield _counter("attempts", "Outcomes of attempts, as recorded.", ("outcome",), self._attempts)
        yield _counter(
            "provider_errors",
            "Requests to MiniVoice that it refused or did not answer.",
            ("operation", "code"),
            self._provider_errors,
        )
        yield _spreads("provider_seconds", "From sending to MiniVoice's answer.", "operation", self._provider_seconds)
        yield _counter(
            "http_requests", "Requests answered, but webhooks.", ("route", "method", "status"), self._requests
        )
        yield _counter(
            "bad_requests", "Connections that were ended, or turned away, by why.", ("reason",), self._bad_requests
        )
        yield _counter(
            "subscriber_tries",
            "Deliveries to subscribers that were tried, by what came of it.",
            ("result",),
            self._told,
        )
        yield _spreads("http_seconds", "From a request to the end of its answer.", "route", self._request_seconds)
        yield from self.wishes.collect()
        yield from self.log.collect()
        if self._gauges is not None:
            yield from _looked_up(self._gauges)
        for more in self._more:
            yield from more()


def _looked_up(gauges: Gauges) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("dialtrail_ledger_waiting", "Commands that wait to be written.", labels=("lane",))
    for lane, count in gauges.waiting().items():
        waiting.add_metric((lane,), count)
    yield waiting
    yield _gauge("ledger_position", "The last position on disk.", (gauges.position(),))
    behind: Sequence[float]
    try:
        behind = gauges.views_behind()
    except DialtrailError:  # the ledger cannot be read: nobody knows
        behind = ()
    yield _gauge("views_behind_events", "Events that the views have yet to take in.", behind[:1])
    yield _gauge("views_behind_seconds", "For how long the views have been behind.", behind[1:])
    yield _gauge("calls_in_flight", "Calls that have no end yet.", (gauges.calls_in_flight(),))
    wal = GaugeMetricFamily("dialtrail_wal_bytes", "What SQLite has written ahead of a file.", labels=("file",))
    for file, count in gauges.wal_bytes().items():
        wal.add_metric((file,), count)
    yield wal
    dropped = CounterMetricFamily("dialtrail_log_lines_dropped", "Log lines that stderr did not take in time.")
    dropped.add_metric((), gauges.log_lines_dropped())
    yield dropped


def _gauge(name: str, means: str, values: Iterable[float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"dialtrail_{name}", means)
    for value in values:
        family.add_metric((), value)
    return family


def _counter(
    name: str, means: str, labels: Sequence[str], counts: Mapping[tuple[str, ...], int]
) -> CounterMetricFamily:
    family = CounterMetricFamily(f"dialtrail_{name}", means, labels=labels)
    for values, count in counts.items():
        family.add_metric(values, count)
    return family


def _spread(name: str, means: str, spread: Spread) -> HistogramMetricFamily:
    family = HistogramMetricFamily(f"dialtrail_{name}", means, labels=())
    spread.add_to(family)
    return family


def _spreads(name: str, means: str, label: str, spreads: Mapping[str, Spread]) -> HistogramMetricFamily:
    family = HistogramMetricFamily(f"dialtrail_{name}", means, labels=(label,))
    for value, spread in spreads.items():
        spread.add_to(family, (value,))
    return family


def _bound_text(bound: float) -> str:
    return "+Inf" if bound == float("inf") else f"{bound:g}"


def _count(counts: dict[tuple[str, ...], int], *labels: str) -> None:
    counts[labels] = counts.get(labels, 0) + 1
