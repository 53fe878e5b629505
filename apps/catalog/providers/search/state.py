"""One state of the index: what a page and its facets are answered from, while newer states are being made."""
# ruff: noqa: SLF001  # of its own class

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, count
from math import ceil, inf, prod
from typing import Any, TypeVar

import tantivy
from tantivy import FieldType, Occur, Query

from .document import ANYWHERE, AVAILABLE, BEGINS, BRAND, EXACT, FACTS, NAME, SOMETHING, variant_token, whole_name
from .fields import NEWEST, orders, price_field, slot_token
from .question import OPTION, Filters, Question
from .slots import Slots
from .words import may_be_misspelt

T = TypeVar("T")
Part = tuple[Query, int]
"""A condition, and at most how many products fulfil it."""
_PLACES = (NAME, BRAND, FACTS, ANYWHERE)
KEPT_ANSWERS = 2_000
PAGE = "page"
"""The answers that are many and cheap: walkers through a list do not drive out what is dear."""
FACET_VALUES = 20_000
TWO_TYPOS_FROM = 8
SURELY = 2_000
"""A word in so many products is taken to be in one that is still on sale."""
LOOK_UP_TO = 20_000
"""Of so many products the slots are read again with every change."""
WARM_FROM_SECONDS, WARM_FOR_SECONDS = 0.002, 0.3
WARM_FROM_PRODUCTS = 50_000
"""What a category with so many has is counted before anybody asks."""
FEW_OF = 4
"""Where at most one product in so many is sold out, those are counted, and taken from all."""


@dataclass(slots=True)
class _Answer:
    value: Any
    make: Callable[[State], Any]
    seconds: float = 0.0
    uses: int = 0


class State:
    """Shared by all threads: it never changes, but for the answers that it keeps."""

    def __init__(self, index: tantivy.Index, currencies: Sequence[str], *, like: State | None = None) -> None:
        """`like` is an earlier state of the same index, whose slots are mostly the same."""
        self.schema = index.schema
        self.searcher = index.searcher()
        if like is not None and not like.resembles(self.products):
            like = None
        self.slots_of: int = like.slots_of if like else self.products
        kept = like.slots if like else {}
        self.slots: dict[str, Slots] = {
            order: kept[order]
            if order in kept and order != NEWEST
            else self._read_slots(order)  # only NEWEST gets new ones
            for order in orders(currencies)
        }
        self._answers: dict[tuple[str, Any], _Answer] = {}
        self._pages: dict[tuple[str, Any], _Answer] = {}

    @property
    def products(self) -> int:
        """How many are on sale."""
        return self.searcher.num_docs

    def resembles(self, products: int) -> bool:
        """Whether the sizes of its slots still are about right for so many products, which are too many to look."""
        return products > LOOK_UP_TO and abs(products - self.slots_of) < products / 10

    def kept(self, kind: str, asked: Any, make: Callable[[State], T]) -> T:
        """An answer of this state, made of it once. Two threads may both make it: it is the same."""
        answers = self._pages if kind == PAGE else self._answers
        answer = answers.get((kind, asked))
        if answer is None:
            started = time.perf_counter()
            answer = _Answer(make(self), make)
            answer.seconds = time.perf_counter() - started
            if len(answers) >= KEPT_ANSWERS:
                answers.clear()
            answers[kind, asked] = answer
        answer.uses += 1
        value: T = answer.value
        return value

    def warm(self, before: State | None) -> None:
        """Count everything, then for a moment what is dear: what was asked again before, then the large categories.

        The first state takes its time.
        """
        end = time.perf_counter() + WARM_FOR_SECONDS if before else inf
        self.tokens(Question())
        for kind, asked, make in chain(before._dear() if before else (), self._large_categories()):
            if time.perf_counter() > end:
                return
            self.kept(kind, asked, make)
            self._answers[kind, asked].uses = 1

    def _dear(self) -> list[tuple[str, Any, Callable[[State], Any]]]:
        """What took long to answer and was asked again, the dearest first."""
        dear = [
            (answer.seconds, (kind, asked, answer.make))
            for (kind, asked), answer in list(self._answers.items())
            if answer.uses > 1 and answer.seconds > WARM_FROM_SECONDS
        ]
        return [one for _, one in sorted(dear, key=lambda one: -one[0])]

    def _large_categories(self) -> list[tuple[str, Any, Callable[[State], Any]]]:
        """What counts the tokens of each, the largest first."""
        sizes = [
            (size, value)
            for token, size in self.tokens(Question()).items()
            for name, _, value in [token.partition("=")]
            if name == "category" and size >= WARM_FROM_PRODUCTS
        ]
        asked = [Question(filters=(("category", (slug,)),)) for _, slug in sorted(sizes, reverse=True)]
        return [("tokens", one, partial(State._tokens, question=one)) for one in asked]

    # --- conditions ---------------------------------------------------------------------------------------------------

    def term(self, field: str, value: str) -> Part:
        """What has this word, token or slot."""
        query = Query.term_query(self.schema, field, value, index_option="basic")
        return query, self.searcher.doc_freq(field, value)

    def filters(self, question: Question) -> list[Part]:
        """All that is asked for but the words."""
        options, available = question.options, question.available
        loose = [one for one in question.filters if one not in options and (one[0] != AVAILABLE or not options)]
        parts = [any_of([self.term("is", f"{name}={value}") for value in values]) for name, values in loose]
        if options:
            parts.append(self._variant(options, available=available is True))
        if options and available is False:
            parts.append(_none_of([self._variant(options, available=True)]))
        if question.has_price:
            parts.append(self._price_range(question))
        return parts

    def _variant(self, options: Filters, *, available: bool) -> Part:
        """What has a variant that fulfils all of these by itself."""
        if len(options) == 1:
            [(name, values)] = options
            return any_of([self.term("buyable" if available else "is", f"{name}={value}") for value in values])
        return any_of([part for _, part in self._numbered(options, available=available)])

    def _numbered(self, options: Filters, *, available: bool) -> Iterator[tuple[int, Part]]:
        """What has such a variant, by the number of the variant."""
        wanted = [[f"{name}={value}" for value in values] for name, values in options]
        wanted += [[AVAILABLE]] if available else []
        for number in range(self.kept("variants", "", State._most_variants)):
            parts = [any_of(self._of_variant(number, some)) for some in wanted]
            if fewest(parts):
                yield number, (all_of(parts), fewest(parts))

    def _of_variant(self, number: int, tokens: Iterable[str]) -> list[Part]:
        names = (variant_token(number, token) for token in tokens)
        return [self.term("variant", name) for name in names if self.searcher.doc_freq("variant", name)]

    def _most_variants(self) -> int:
        """How many the product with the most of them has."""
        return next(number for number in count() if not self.searcher.doc_freq("variant", str(number)))

    def matching(self, question: Question) -> list[Part]:
        """Every product that the question means, wherever its words stand."""
        return [*self.filters(question), *self._anywhere(question.words)]

    def stages(self, words: tuple[str, ...]) -> list[list[Part]]:
        """Conditions whose products come one after another, the best first; none is in two of them."""
        meanings = [self.meaning(word, last=i == len(words) - 1) for i, word in enumerate(words)]
        if any(meaning != word for meaning, word in zip(meanings, words, strict=True)):
            return [self._anywhere(words)]
        title = [self.term("words", EXACT + whole_name(words))]
        exact = [title, *([self.term("words", mark + word) for word in words] for mark in _PLACES)]
        begun = [*(self.term("words", ANYWHERE + word) for word in words[:-1]), self.term("words", BEGINS + words[-1])]
        stages: list[list[Part]] = []
        before: list[Part] | None = None
        for stage in (*exact, begun):
            stages.append(stage if before is None else [*stage, _none_of(before)])
            before = stage
        return [stage for stage in stages if all(most for _, most in stage)]

    def meaning(self, word: str, *, last: bool) -> str:
        """The word, or "~1" and "~2" for words that differ by so much, or "" if there is nothing like it."""
        return self.kept("meaning", (word, last), lambda state: state._meaning(word, last=last))

    def _meaning(self, word: str, *, last: bool) -> str:
        if self.some([self.term("words", ANYWHERE + word)]):
            return word
        if last and self.some([self.term("words", BEGINS + word)]):
            return word
        if may_be_misspelt(word):
            for distance in (1, 2)[: 2 if len(word) >= TWO_TYPOS_FROM else 1]:
                if self.some([self._like(word, distance)]):
                    return f"~{distance}"
        return ""

    def _anywhere(self, words: tuple[str, ...]) -> list[Part]:
        found: list[Part] = []
        for i, word in enumerate(words):
            last = i == len(words) - 1
            meaning = self.meaning(word, last=last)
            if meaning == "":
                return [(Query.empty_query(), 0)]
            if meaning.startswith("~"):
                found.append(self._like(word, int(meaning[1:])))
            elif last:
                found.append(any_of([self.term("words", ANYWHERE + word), self.term("words", BEGINS + word)]))
            else:
                found.append(self.term("words", ANYWHERE + word))
        return found

    def _like(self, word: str, distance: int) -> Part:
        query = Query.fuzzy_term_query(self.schema, "spelling", word, distance, transposition_cost_one=True)
        return Query.const_score_query(query, 1.0), self.products

    def _price_range(self, question: Question) -> Part:
        column = price_field(question.currency)
        low, high = question.price_min or 0, question.price_max
        query = Query.range_query(self.schema, column, FieldType.Unsigned, low, high)
        share = self.slots[column].share(f"{low:016x}", "g" if high is None else f"{high:016x}g")
        sold = self.searcher.doc_freq("slot", column)
        return query, 1 + ceil(share * sold) if sold else 0  # about so many: slots are not cut where prices are

    def expected(self, parts: Sequence[Part]) -> float:
        """About how many products fulfil all of them, if they have nothing to do with each other."""
        return self.products * prod(min(1.0, most / max(1, self.products)) for _, most in parts)

    # --- answers ------------------------------------------------------------------------------------------------------

    def some(self, parts: list[Part]) -> bool:
        """Whether any product fulfils all of them. A frequent word is not looked at: some product still has it."""
        most = fewest(parts)
        if most == 0:
            return False
        if len(parts) == 1 and SURELY < most < self.products:
            return True
        return bool(self.searcher.search(all_of(parts), 1, count=False).hits)

    def count(self, question: Question) -> int:
        """How many products the question means."""
        if question.is_everything:
            return self.products
        return self.kept("count", question.counted(), lambda state: state._size(state.matching(question)))

    def _size(self, parts: Sequence[Part]) -> int:
        found: Any = self.searcher.search(all_of(parts), 1, count=True)  # its stub forgets the count
        return int(found.count) if fewest(parts) else 0

    def count_each(self, others: Question, name: str, values: Iterable[str], *, available: bool) -> dict[str, int]:
        """How many products have a variant that is all that `others` says of variants, and has this value besides."""
        rest = self.matching(replace(others, filters=tuple(one for one in others.filters if one not in others.options)))
        numbered = list(self._numbered(others.options, available=available))
        counts: dict[str, int] = {}
        for value in values:
            found = [
                (all_of([part, *more]), fewest([part, *more]))
                for number, part in numbered
                if (more := self._of_variant(number, [f"{name}={value}"]))
            ]
            counts[value] = self._size([*rest, any_of(found)])
        return counts

    def tokens(self, question: Question) -> dict[str, int]:
        """How many of the meant products have each token."""
        return self.kept("tokens", question.counted(), lambda state: state._tokens(question))

    def buyable(self, question: Question) -> dict[str, int]:
        """How many of the meant products have a variant with each option that can be bought."""
        return self.kept("buyable", question.counted(), lambda state: state._buyable(question))

    def _tokens(self, question: Question) -> dict[str, int]:
        gone = self.searcher.doc_freq("is", f"{AVAILABLE}=false")
        if question.available and not question.options and gone * FEW_OF < self.products:
            rest = self._frequencies("is", self.matching(question.having(AVAILABLE, "false")))
            return less(self.tokens(question.without(AVAILABLE)), rest)
        return self._frequencies("is", self.matching(question))

    def _buyable(self, question: Question) -> dict[str, int]:
        options = {token: size for token, size in self.tokens(question).items() if token.startswith(OPTION)}
        some = [*self.matching(question), self.term("sold_out", SOMETHING)]
        return less(options, self._frequencies("sold_out", some))

    def _frequencies(self, field: str, parts: Sequence[Part]) -> dict[str, int]:
        if not fewest(parts):
            return {}
        asked = {"tokens": {"terms": {"field": field, "size": FACET_VALUES}}}
        found = self.searcher.aggregate(all_of(parts), asked)
        return {bucket["key"]: bucket["doc_count"] for bucket in found["tokens"]["buckets"]}

    def price_span(self, question: Question) -> tuple[int, int] | None:
        """The lowest and the highest price of the meant products, or None if none has one."""
        return self.kept("price_span", question, lambda state: state._price_span(question))

    def _price_span(self, question: Question) -> tuple[int, int] | None:
        column = price_field(question.currency)
        asked = {"low": {"min": {"field": column}}, "high": {"max": {"field": column}}}
        parts = [*self.matching(question), self.term("slot", column)]
        if not fewest(parts):
            return None
        found = self.searcher.aggregate(all_of(parts), asked)
        low, high = found["low"]["value"], found["high"]["value"]
        return None if low is None or high is None or low > high else (int(low), int(high))

    def _read_slots(self, order: str) -> Slots:
        prefix = slot_token(order, "")
        terms = sorted(self.searcher.terms_with_prefix("slot", prefix))
        starts = [term.removeprefix(prefix) for term, _ in terms]
        if not starts or starts[0]:
            return Slots(["", *starts], [0, *(size for _, size in terms)])
        return Slots(starts, [size for _, size in terms])


def less(counts: dict[str, int], some: dict[str, int]) -> dict[str, int]:
    """Of these so many fewer."""
    return +Counter({value: count - some.get(value, 0) for value, count in counts.items()})


def fewest(parts: Sequence[Part]) -> int:
    """At most so many products fulfil all of them."""
    return min((most for _, most in parts), default=2**31)


def any_of(parts: Sequence[Part]) -> Part:
    """One condition of several; of none, one that nothing fulfils."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return Query.empty_query(), 0
    return Query.boolean_query([(Occur.Should, query) for query, _ in parts]), sum(most for _, most in parts)


def all_of(parts: Sequence[Part]) -> Query:
    """One query. Without any part it means everything."""
    if not parts:
        return Query.all_query()
    return Query.boolean_query([(Occur.Must, query) for query, _ in parts])


def _none_of(parts: Sequence[Part]) -> Part:
    nothing = Query.boolean_query([(Occur.Must, Query.all_query()), (Occur.MustNot, all_of(parts))])
    return nothing, 2**31
