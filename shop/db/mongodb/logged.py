"""Operations as they appear in ``connection.queries`` when Django logs queries (DEBUG and tests)."""
# mypy: allow-subclassing-any

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .private import OperationDebugWrapper


class LoggedCollection(OperationDebugWrapper):
    """The backend's logging collection, which knows also the operations that only this engine uses."""

    def find(self, *args: Any, **kwargs: Any) -> Any:
        """Read at once, so that the logged time is the server's."""
        duration, documents = self.profile_call(lambda: list(self.wrapped.find(*args, **kwargs)))
        self.log("find", duration, (*args, {key: value for key, value in kwargs.items() if key != "session"}))
        return Documents(documents)

    def insert_one(self, *args: Any, **kwargs: Any) -> Any:
        """One document."""
        return self._logged("insert_one", args, kwargs)

    def update_one(self, *args: Any, **kwargs: Any) -> Any:
        """At most one document."""
        return self._logged("update_one", args, kwargs)

    def delete_one(self, *args: Any, **kwargs: Any) -> Any:
        """At most one document."""
        return self._logged("delete_one", args, kwargs)

    def _logged(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        duration, answer = self.profile_call(getattr(self.wrapped, name), args, kwargs)
        self.log(name, duration, args)
        return answer


class Documents(Iterator[Any]):
    """What was read, to be taken as from the driver's cursor: one by one, also by `next()` as exists() does it."""

    def __init__(self, documents: list[Any]) -> None:
        self._rest = iter(documents)

    def __next__(self) -> Any:
        return next(self._rest)

    next = __next__
