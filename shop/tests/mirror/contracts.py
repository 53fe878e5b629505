"""A second context of the kernel's own tests: it only listens."""

from __future__ import annotations

from shop.events import consumes
from shop.tests.sample.contracts import Counted

consumes("mirror", Counted)
