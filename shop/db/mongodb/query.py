"""How a compiled query is asked of the server: as an indexed find where it can be, else as a pipeline in good order."""
# mypy: allow-subclassing-any

from __future__ import annotations

from typing import Any

from pymongo.errors import PyMongoError

from .private import BackendQuery

Pipeline = list[dict[str, Any]]
FETCH = 2_000  # rows per round trip, at most; the server's own first batch has 101


class EngineQuery(BackendQuery):
    """The backend's query with match, sort and limit before to-one joins, and `find` where no pipeline is needed."""

    joins_are_to_one = False
    extra_fields: dict[str, Any] | None

    def get_cursor(self) -> Any:
        """Ask the server; the answer is iterated later."""
        compiler = self.compiler
        try:
            if self._is_find():
                return self._find()
            return compiler.collection.aggregate(
                self.get_pipeline(), session=compiler.connection.session, batchSize=FETCH
            )
        except PyMongoError as error:
            raise compiler.connection.broken_by(error) from error

    def get_pipeline(self) -> Pipeline:
        """The backend's pipeline, with base conditions, order and limit first if joins cannot change the rows."""
        if self.extra_fields:
            # {"created_at": "$created_at"} says nothing, but keeps the sort from using an index.
            self.extra_fields = {key: value for key, value in self.extra_fields.items() if value != f"${key}"}
        if self._limits_before_joins():
            stages = self._selection()
            stages += [_lean(stage) for stage in self.lookup_pipeline]
            if self.project_fields:
                stages.append({"$project": self.project_fields})
            return stages
        pipeline: Pipeline = super().get_pipeline()
        return pipeline

    def command(self) -> dict[str, Any]:
        """What `get_cursor` asks, as the command that `explain` takes."""
        name = self.compiler.collection_name
        if not self._is_find():
            return {"aggregate": name, "pipeline": self.get_pipeline(), "cursor": {}}
        options = {key: value for key, value in self._find_options().items() if key not in {"session", "batch_size"}}
        if "sort" in options:
            options["sort"] = dict(options["sort"])
        return {"find": name, "filter": self.match_mql or {}, **options}

    # -- find ------------------------------------------------------------------------------------------------------

    def _is_find(self) -> bool:
        return not (self.lookup_pipeline or self._computes() or self._adds_fields() or not self._orders_by_columns())

    def _adds_fields(self) -> bool:
        """Are there computed fields besides plain copies of columns?"""
        return any(value != f"${key}" for key, value in (self.extra_fields or {}).items())

    def _computes(self) -> bool:
        return bool(
            self.search_pipeline
            or self.subqueries
            or self.aggregation_pipeline
            or self.combinator_pipeline
            or self.subquery_lookup
            or self.query.distinct
            or self.query.combinator
        )

    def _orders_by_columns(self) -> bool:
        if not self.project_fields:
            return not any(key.startswith("__order") for key in self.ordering or ())
        return all(self.project_fields.get(key, 1) == 1 for key in self.ordering or ())

    def _find(self) -> Any:
        return self.compiler.collection.find(self.match_mql or {}, **self._find_options())

    def _find_options(self) -> dict[str, Any]:
        query = self.query
        options: dict[str, Any] = {"session": self.compiler.connection.session, "batch_size": FETCH}
        if self.project_fields:
            options["projection"] = self.project_fields
        if self.ordering:
            options["sort"] = list(self.ordering.items())
        if query.low_mark:
            options["skip"] = query.low_mark
        if query.high_mark is not None:
            options["limit"] = query.high_mark - query.low_mark
        return options

    # -- joins -----------------------------------------------------------------------------------------------------

    def _limits_before_joins(self) -> bool:
        if not self.joins_are_to_one or not self.lookup_pipeline or self._computes() or self.extra_fields:
            return False
        joined = {stage["$lookup"]["as"] for stage in self.lookup_pipeline if "$lookup" in stage}
        ordered = (key.split(".")[0] for key in self.ordering or ())
        return only_base(self.match_mql, joined) and not any(
            key in joined or key.startswith("__order") for key in ordered
        )

    def _selection(self) -> Pipeline:
        stages: Pipeline = [{"$match": self.match_mql}] if self.match_mql else []
        if self.ordering:
            stages.append({"$sort": self.ordering})
        if self.query.low_mark > 0:
            stages.append({"$skip": self.query.low_mark})
        if self.query.high_mark is not None:
            stages.append({"$limit": self.query.high_mark - self.query.low_mark})
        return stages


def only_base(mql: Any, joined: set[str]) -> bool:
    """Does the condition speak of the base collection only?"""
    if isinstance(mql, dict):
        return all(
            key != "$expr" and key.split(".")[0] not in joined and only_base(value, joined)
            for key, value in mql.items()
        )
    if isinstance(mql, list | tuple):
        return all(only_base(item, joined) for item in mql)
    return True


def _lean(stage: dict[str, Any]) -> dict[str, Any]:
    """A $lookup by equality needs no inner pipeline; an empty one only keeps the server from its fast path."""
    lookup = stage.get("$lookup")
    if lookup and "localField" in lookup and lookup.get("pipeline") == []:
        return {"$lookup": {key: value for key, value in lookup.items() if key != "pipeline"}}
    return stage
