"""Of two halves each test is in one, and another number gives others."""

from __future__ import annotations

from tests.journeys.halves import is_of_half

NAMES = [f"test_journey_{number}" for number in range(200)]


def of(half: str) -> set[str]:
    return {name for name in NAMES if is_of_half(name, half)}


def test_each_is_in_one_half_and_neither_half_is_small():
    first, second = of("0/7"), of("1/7")
    assert first | second == set(NAMES)
    assert first & second == set()
    assert min(len(first), len(second)) > 70


def test_another_number_gives_another_half_and_the_same_number_the_same():
    assert of("0/7") == of("0/7") != of("0/8")
