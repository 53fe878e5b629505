"""Counting what a use case asks of its database."""

from __future__ import annotations

import pytest

from apps.cart.testing.counting import queries_of as counting


@pytest.fixture
def queries_of():
    """The statements that cart's database is asked, transaction control left out."""
    return counting
