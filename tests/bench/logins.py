"""What logins in flight take from who browses: the same list asked in turns, with and without people logging in."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

from config.dev.processes import CHECKOUT, PYTHON
from tests.bench.client import load, read_of
from tests.harness.shop import Shop

IN_FLIGHT = 4
"""People who log in again and again, each as soon as they were answered."""


@dataclass(slots=True)
class Slowed:
    """Requests a second, round by round, alone and beside logins."""

    alone: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    logins: Counter[int] = field(default_factory=Counter)
    """Their answers by status; 503 says that the passwords of others are being looked at."""

    @property
    def share(self) -> float:
        """What is left of browsing beside logins, 1.0 being all of it."""
        return median(beside / alone for alone, beside in zip(self.alone, self.beside, strict=True))


def browsing_beside_logins(shop: Shop, *, rounds: int, seconds: float) -> Slowed:
    """Both in each round, the first of them in turns."""
    url = f"{shop.url}/api/v1/products"
    load(url, read_of(url), seconds=1)  # every thread has its connection
    found = Slowed()
    for number in range(rounds):
        for beside in (True, False) if number % 2 else (False, True):
            if beside:
                with _people_log_in(shop.url, found.logins):
                    found.beside.append(load(url, read_of(url), seconds=seconds).rate)
            else:
                found.alone.append(load(url, read_of(url), seconds=seconds).rate)
    return found


@contextmanager
def _people_log_in(url: str, answers: Counter[int]) -> Iterator[None]:
    """In a process of their own, so that they do not slow the one that browses."""
    argv = (PYTHON, "-m", "tests.bench.logins", url)
    people = subprocess.Popen(argv, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert people.stdout is not None
    people.stdout.readline()  # somebody is logged in: the helper runs
    try:
        yield
    finally:
        told, _ = people.communicate("stop\n", timeout=60)
        answers.update({int(status): count for status, count in json.loads(told).items()})


def main(url: str) -> None:
    """Log in until there is a line on stdin, then tell how it went."""
    over = threading.Event()
    answers: Counter[int] = Counter()
    _log_in(url)
    print("ready", flush=True)
    people = [threading.Thread(target=_again_and_again, args=(url, over, answers)) for _ in range(IN_FLIGHT)]
    for one in people:
        one.start()
    sys.stdin.readline()
    over.set()
    for one in people:
        one.join()
    print(json.dumps(answers), flush=True)


def _again_and_again(url: str, over: threading.Event, answers: Counter[int]) -> None:
    while not over.is_set():
        status, pause = _log_in(url)
        answers[status] += 1
        time.sleep(pause)


def _log_in(url: str) -> tuple[int, float]:
    """The status, and how long one is asked to wait."""
    body = json.dumps({"email": "ada@example.com", "password": "demo-customer-password"}).encode()
    request = urllib.request.Request(f"{url}/api/v1/auth/token", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, 0
    except urllib.error.HTTPError as refused:
        return refused.code, float(refused.headers.get("Retry-After", 1))


if __name__ == "__main__":
    main(sys.argv[1])
