"""Two handlers of one event; tests make them fail by `refused`."""

from __future__ import annotations

from shop.events import subscribe
from shop.tests.mirror.models import Seen
from shop.tests.sample.contracts import Counted

refused: set[tuple[str, int]] = set()
"""(counter, value) that `note` refuses."""


@subscribe(Counted)
def copy(event: Counted) -> None:
    Seen.objects.create(handler="copy", counter=event.counter, value=event.value)


@subscribe(Counted)
def note(event: Counted) -> None:
    Seen.objects.create(handler="note", counter=event.counter, value=event.value)
    if (event.counter, event.value) in refused:
        raise ValueError(f"{event.counter} {event.value} is poison")
