"""List and detail of three servers, in turns, so that whatever else the machine does hits all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.bench.client import load, read_of
from tests.bench.rivals import Rival
from tests.bench.usage import cpu_seconds, memory_mib, tree

PAGES = ("list", "detail")


@dataclass(slots=True)
class Series:
    """One page of one server over all rounds."""

    rates: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    bytes_each: int = 0
    memory: float = 0

    def percentile(self, share: float) -> float:
        """The latency in ms that `share` (0 to 1) of all requests did not exceed."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@dataclass(frozen=True, slots=True)
class Ratio:
    """How the shop does beside another: 1 is as good, more is better. The median of the rounds."""

    rate: float
    cpu: float


def measure(rivals: Sequence[Rival], *, rounds: int, seconds: float) -> dict[tuple[str, str], Series]:
    """By (page, server)."""
    found = {(page, rival.name): Series() for page in PAGES for rival in rivals}
    for page in PAGES:
        for rival in rivals:
            load(rival.pages[page], read_of(rival.pages[page]), seconds=1)  # every thread has its connection
        for number in range(rounds):
            for rival in rivals if number % 2 else rivals[::-1]:
                _once(rival, page, seconds, found[page, rival.name])
    for (_, name), series in found.items():
        [rival] = [rival for rival in rivals if rival.name == name]
        series.memory = memory_mib(tree(rival.process.pid))
    return found


def _once(rival: Rival, page: str, seconds: float, series: Series) -> None:
    pids = tree(rival.process.pid)
    before = cpu_seconds(pids)
    done = load(rival.pages[page], read_of(rival.pages[page]), seconds=seconds)
    series.cpu_ms.append((cpu_seconds(pids) - before) * 1000 / done.requests)
    series.rates.append(done.rate)
    series.latencies += done.latencies
    series.bytes_each = done.bytes_each


def ratio(ours: Series, theirs: Series) -> Ratio:
    """Round by round, since the rounds of both stood side by side."""
    return Ratio(
        rate=median(a / b for a, b in zip(ours.rates, theirs.rates, strict=True)),
        cpu=median(b / a for a, b in zip(ours.cpu_ms, theirs.cpu_ms, strict=True)),
    )
