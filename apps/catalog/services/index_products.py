"""Use case: the search index of this machine follows the catalog, or is built anew.

The sequence of changes is `Product.changed` with the ids of `Departed`: UUIDv7s, made inside the transaction that they
tell of. A transaction may commit late, so ids may turn up behind ones that were read already. Hence two looks:

- the prompt one reads what is new and once more the last OVERLAP, which is longer than a transaction lasts;
- the second one reads everything once more when it is SECOND_LOOK old: no transaction of any engine lasts as long.

A look costs nothing where the index has the change already, and reading a change twice changes nothing.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from math import ceil
from uuid import UUID

from apps.catalog.models import Departed, Product, Status
from apps.catalog.providers.search.document import SearchDocument, search_document
from apps.catalog.providers.search.reader import Reader, reader
from apps.catalog.providers.search.store import Busy, Followed, Store
from apps.catalog.providers.search.writer import Change, Writer, cut_slots
from shop.clock import now
from shop.ids import time_of

from .surroundings import types_of

logger = logging.getLogger(__name__)

OVERLAP = timedelta(seconds=5)
SECOND_LOOK = timedelta(seconds=120)
SECOND_LOOK_EVERY = timedelta(seconds=10)
KEPT = timedelta(days=7)
"""An index that has followed nothing for so long is built anew."""
DEPARTED_KEPT = timedelta(days=30)
CUT_AGAIN = timedelta(minutes=5)
"""An index is not built anew before it is so old: building takes minutes, and takes a core from those who browse."""
STEP = 2_000
BATCH = 500
COMMIT_AFTER = 20_000
SAMPLE = 16_384


class Follower:
    """One per process. Of the followers on a machine one writes; all read."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.store = reader.store
        self._writer: Writer | None = None

    def step(self) -> int:
        """Take up and, if this process is the one that writes, index what changed; answers how many products."""
        done = self._write() if self.store.lead() else 0
        self.reader.refresh(warm=True)
        return done

    def close(self) -> None:
        """Let another process write."""
        self.forget()
        self.store.let_go()

    def forget(self) -> None:
        """Begin again with what is on the disk."""
        if self._writer is not None:
            writer, self._writer = self._writer, None
            writer.close()

    def _write(self) -> int:
        writer = self._open()
        if writer is None or (writer.should_be_cut_anew and now() - time_of(UUID(writer.path.name)) > CUT_AGAIN):
            self.forget()
            return _build_if_free(self.store)
        return _follow(writer)

    def _open(self) -> Writer | None:
        """The writer of the index in use; None if there is no index that could be followed."""
        path = self.store.current()
        if self._writer is not None and self._writer.path == path:
            return self._writer
        self.forget()
        if path is None:
            return None
        try:
            if _moment(UUID(self.store.followed(path).second)) < now() - KEPT:
                raise ValueError("it has followed nothing for too long")
            self._writer = Writer(self.store, path)
        except (ValueError, OSError) as error:
            logger.warning("The search index %s cannot be used: %s", path, error)
            self.store.give_up(path)
            return None
        self.store.tidy()
        return self._writer


@cache
def follower() -> Follower:
    """This process's."""
    return Follower(reader())


def rebuild(store: Store, progress: Callable[[int], None] = lambda _: None) -> int:
    """Build a new index while the one in use goes on serving, then put it in its place. Answers how many products.

    Raises Busy if somebody builds already. What changes meanwhile is followed afterwards.
    """
    begun = now()
    done = 0
    with store.building() as path:
        with Writer(store, path, cut_slots(*_sample(), store.currencies)) as writer:
            for documents in _all_documents():
                for document in documents:
                    writer.add(document)
                done += len(documents)
                progress(done)
            writer.commit()
        store.follow(path, Followed(prompt=_id_at(begun).hex, second=_id_at(begun - SECOND_LOOK).hex))
    return done


def forget_departed(*, limit: int) -> int:
    """Remove the oldest rows that no index needs any more; answers how many."""
    old = Departed.objects.filter(pk__lt=_id_at(now() - DEPARTED_KEPT)).order_by("pk")
    ids = list(old.values_list("pk", flat=True)[:limit])
    return Departed.objects.filter(pk__in=ids).delete()[0] if ids else 0


def _build_if_free(store: Store) -> int:
    try:
        return rebuild(store)
    except Busy:
        return 0


def _follow(writer: Writer) -> int:
    """Index what changed since the last time, at most COMMIT_AFTER products; answers how many."""
    followed = writer.store.followed(writer.path)
    prompt, second = UUID(followed.prompt), UUID(followed.second)
    done = 0
    for changes in _changes(_id_at(_moment(prompt) - OVERLAP), None):
        done += _take_up(writer, changes)
        prompt = max(prompt, changes[-1].id)
        if done >= COMMIT_AFTER:
            break
    settled = _id_at(now() - SECOND_LOOK)
    if _moment(settled) - _moment(second) >= SECOND_LOOK_EVERY:
        for changes in _changes(second, settled):
            done += _take_up(writer, changes)
        second = settled
    if done:
        writer.commit()
    reached = Followed(prompt=prompt.hex, second=second.hex)
    if reached != followed:
        writer.store.follow(writer.path, reached)
    return done


def _take_up(writer: Writer, changes: Sequence[Change]) -> int:
    """Index those of the changed products that the index shows otherwise."""
    changed = sorted({change.product_id for change in changes if not writer.has(change)})
    for some in _batches(changed):
        there = {document.id: document for document in _documents(some)}
        for product_id in some:
            writer.remove(product_id)
            if product_id in there:
                writer.add(there[product_id])
    return len(changed)


def _changes(after: UUID, until: UUID | None) -> Iterator[list[Change]]:
    """All changes behind `after`, in their order, STEP by STEP."""
    while True:
        products = Product.objects.filter(changed__gt=after).order_by("changed")
        departed = Departed.objects.filter(pk__gt=after).order_by("pk")
        if until is not None:
            products, departed = products.filter(changed__lte=until), departed.filter(pk__lte=until)
        changed = list(products.values_list("changed", "pk", "status")[:STEP])
        gone = list(departed.values_list("pk", "product_id")[:STEP])
        found = [Change(change, pk, on_sale=status == Status.PUBLISHED) for change, pk, status in changed]
        found += [Change(change, pk, on_sale=False) for change, pk in gone]
        found.sort(key=lambda change: change.id)
        ends = [rows[-1][0] for rows in (changed, gone) if len(rows) == STEP]
        if ends:  # behind the end of a full step there may be more of its kind
            found = [change for change in found if change.id <= min(ends)]
        if found:
            yield found
        if not ends:
            return
        after = found[-1].id


def _all_documents() -> Iterator[list[SearchDocument]]:
    """Every product on sale, in batches, in the order of the ids."""
    after = UUID(int=0)
    while True:
        rows = Product.objects.filter(pk__gt=after).order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:BATCH])
        if not ids:
            return
        yield _documents(ids)
        after = ids[-1]


def _documents(ids: Sequence[UUID]) -> list[SearchDocument]:
    """Those of these products that are on sale: the page of a draft is empty."""
    # By key alone: with the status beside it SQLite would rather read all that are published.
    rows = Product.objects.filter(pk__in=ids).order_by()
    found = list(rows.values_list("pk", "changed", "shelved", "sort_name", "page", "product_type_id"))
    filterable = {
        code: {rule.code for rule in facts.attributes if rule.filterable}
        for code, facts in types_of({row[-1] for row in found if row[-1]}).items()
    }
    return [
        search_document(
            product_id=pk,
            changed=changed,
            shelved=shelved,
            sort_name=sort_name,
            page=page,
            filterable=filterable.get(code or "", ()),
        )
        for pk, changed, shelved, sort_name, page, code in found
        if page
    ]


def _sample() -> tuple[list[SearchDocument], int]:
    """Some products on sale from all over the catalog, and about how many there are.

    At random: every twelfth of products that were made by a pattern may be those of the same price.
    """
    count = Product.objects.count()
    share = min(1.0, SAMPLE / max(1, count))
    sample: list[SearchDocument] = []
    after = UUID(int=0)
    while ids := list(Product.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[: STEP * 5]):
        for some in _batches(sorted(random.sample(ids, ceil(len(ids) * share)))):
            sample += _documents(some)
        after = ids[-1]
    return sample, count


def _batches(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (ids[i : i + BATCH] for i in range(0, len(ids), BATCH))


def _moment(change: UUID) -> datetime:
    """When it was made."""
    return datetime.fromtimestamp((change.int >> 80) / 1000, UTC)


def _id_at(moment: datetime) -> UUID:
    """An id before all that are made at that time."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
