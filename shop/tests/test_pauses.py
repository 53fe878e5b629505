"""How long an answer asks us to wait."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest

from shop import clock
from shop.pauses import asked_pause


@pytest.mark.parametrize(
    ("status", "told", "seconds"),
    [
        (429, "7", 7.0),
        (503, " 30 ", 30.0),
        (429, "86400", 600.0),
        (429, "9" * 400, 600.0),
        (429, "-5", 0.0),
        (429, "soon", 0.0),
        (429, "", 0.0),
        (429, "\u0663", 0.0),
        (500, "7", 0.0),
        (None, "7", 0.0),
    ],
)
def test_whole_seconds_of_a_busy_answer_are_waited_for(status, told, seconds):
    assert asked_pause(status, {"RETRY-AFTER": told}) == seconds


def test_a_date_is_as_good_and_a_past_one_is_no_pause():
    soon, past = clock.now() + timedelta(seconds=60), clock.now() - timedelta(hours=1)
    assert 55 < asked_pause(503, {"retry-after": format_datetime(soon, usegmt=True)}) <= 60
    assert asked_pause(503, {"retry-after": format_datetime(past, usegmt=True)}) == 0.0
    assert asked_pause(429, None) == 0.0
