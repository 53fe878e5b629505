"""What a worker makes of messages that another version of the shop sent."""

from __future__ import annotations

import logging
import time
from typing import Any

from celery.worker import consumer

logger = logging.getLogger(__name__)
TOLD_AGAIN_SECONDS = 60.0


class Consumer(consumer.Consumer):
    """Celery's, but for tasks that this version does not have.

    While a release rolls out, beat rings what only the new workers know, once a second. An old one refuses it with one
    line a minute: the message is lost, as any may be, and the rows that it rang for wait for a worker that knows it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._told_at: dict[str, float] = {}
        super().__init__(*args, **kwargs)

    def on_unknown_task(self, body: Any, message: Any, exc: Exception) -> None:  # noqa: ARG002  # Celery's signature
        """Refuse it for good: nobody of this version could do it later."""
        name = str(message.headers.get("task"))[:100]
        message.reject_log_error(logger, self.connection_errors)  # type: ignore[attr-defined]  # not in Celery's stubs
        if time.monotonic() - self._told_at.get(name, float("-inf")) > TOLD_AGAIN_SECONDS:
            self._told_at[name] = time.monotonic()
            logger.warning("Refused task %s: this version does not know it", name)
