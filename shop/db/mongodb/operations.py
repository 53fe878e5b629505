"""Values on their way to the server."""
# mypy: allow-subclassing-any

from __future__ import annotations

import datetime as dt
import decimal
from typing import Any

from django.db.backends.base.operations import BaseDatabaseOperations

from .private import BackendOperations


class DatabaseOperations(BackendOperations):
    """Decimals keep their scale, datetimes their milliseconds, integers the ranges that Django promises."""

    compiler_module = f"{__package__}.compiler"

    def adapt_decimalfield_value(
        self, value: Any, max_digits: int | None = None, decimal_places: int | None = None
    ) -> Any:
        """Round to the column's places as SQL's NUMERIC does; BSON would keep any number of them."""
        if isinstance(value, decimal.Decimal) and decimal_places is not None and value.is_finite():
            context = decimal.Context(prec=34, rounding=decimal.ROUND_HALF_UP)
            value = value.quantize(decimal.Decimal(1).scaleb(-decimal_places), context=context)
        return super().adapt_decimalfield_value(value, max_digits, decimal_places)

    def adapt_datetimefield_value(self, value: Any) -> Any:
        """Cut to milliseconds, BSON's precision, so that what is asked for equals what was stored."""
        value = super().adapt_datetimefield_value(value)
        if isinstance(value, dt.datetime):
            value = value.replace(microsecond=value.microsecond // 1000 * 1000)
        return value

    def integer_field_range(self, internal_type: str) -> tuple[int, int]:
        """The ranges of Django's SQL databases, so that what fits here fits there."""
        return BaseDatabaseOperations.integer_field_ranges[internal_type]
