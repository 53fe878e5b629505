"""All mistakes that are planted."""

from __future__ import annotations

from .kernel import KERNEL
from .orders import ORDERS
from .others import OTHERS
from .payments import PAYMENTS

MISTAKES = (*KERNEL, *OTHERS, *PAYMENTS, *ORDERS)
