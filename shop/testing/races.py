"""Races made certain: a rival does its work exactly before or after one step of the code under test."""

from __future__ import annotations

import functools
import importlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


@contextmanager
def happens_before(dotted: str, rival: Callable[[], object]) -> Iterator[None]:
    """The rival runs once, just before `dotted` (a function, or a method of a class) is called the first time."""
    with _replaced(dotted, rival, before=True):
        yield


@contextmanager
def happens_after(dotted: str, rival: Callable[[], object]) -> Iterator[None]:
    """The rival runs once, just after `dotted` has returned the first time."""
    with _replaced(dotted, rival, before=False):
        yield


def at_once(*functions: Callable[[], T], timeout: float = 60) -> list[T | BaseException]:
    """Run each in a thread of its own, started together; what each answered or raised, in order."""
    from django.db import connections

    results: list[Any] = [None] * len(functions)
    barrier = threading.Barrier(len(functions))

    def run(index: int) -> None:
        try:
            barrier.wait(timeout)
            results[index] = functions[index]()
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,), daemon=True) for index in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout)
    if any(thread.is_alive() for thread in threads):
        raise AssertionError(f"Not done after {timeout} seconds")
    return results


@contextmanager
def _replaced(dotted: str, rival: Callable[[], object], *, before: bool) -> Iterator[None]:
    owner, name = _find(dotted)
    original = getattr(owner, name)
    first = threading.Lock()

    @functools.wraps(original)
    def replacement(*args: Any, **kwargs: Any) -> Any:
        mine = first.acquire(blocking=False)
        if mine and before:
            _elsewhere(rival)
        answer = original(*args, **kwargs)
        if mine and not before:
            _elsewhere(rival)
        return answer

    setattr(owner, name, replacement)
    try:
        yield
    finally:
        setattr(owner, name, original)
    if first.acquire(blocking=False):
        raise AssertionError(f"{dotted} was never called, so the race never happened")


def _elsewhere(rival: Callable[[], object]) -> None:
    """In another thread, so on other connections, as a real rival is."""
    [result] = at_once(rival)
    if isinstance(result, BaseException):
        raise result


def _find(dotted: str) -> tuple[Any, str]:
    path, _, name = dotted.rpartition(".")
    try:
        return importlib.import_module(path), name
    except ModuleNotFoundError:
        module, _, owner = path.rpartition(".")
        return getattr(importlib.import_module(module), owner), name
