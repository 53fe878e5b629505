"""What the OpenAPI document says of every operation without each view repeating it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

MONEY = {"$ref": "#/components/schemas/Money"}
PROBLEM = {"$ref": "#/components/schemas/Problem"}

Method = TypeVar("Method", bound=Callable[..., Any])


def takes(body: Any) -> Callable[[Method], Method]:
    """Above a `delete` that reads a body, for which drf-spectacular has no word."""

    def mark(method: Method) -> Method:
        method.body_of_delete = body  # type: ignore[attr-defined]
        return method

    return mark


class Schema(AutoSchema):
    """drf-spectacular's, with problem documents, the access rule and the Idempotency-Key of each operation."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """The operation, plus what is true of all of ours."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        access = getattr(self.view, "access", None)
        if operation is None or access is None:
            return operation
        access = access.of(self.method)
        if body := getattr(getattr(self.view, self.method.lower(), None), "body_of_delete", None):
            schema = self.resolve_serializer(body, "request").ref
            operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
        responses = operation.setdefault("responses", {})
        problem = {"description": "Problem document", "content": {"application/problem+json": {"schema": PROBLEM}}}
        for status in self._problem_statuses(operation, access):
            responses.setdefault(status, problem)
        responses.setdefault("default", problem)
        operation["x-access"] = access.why
        if not access.needs_token:
            operation["security"] = [{}]
        return operation

    def _problem_statuses(self, operation: dict[str, Any], access: Any) -> list[str]:
        statuses = ["400", "406", "429", "503"]
        if access.needs_token:
            statuses += ["401", "403"]
        if operation.get("parameters"):
            statuses += ["404", "422"]
        if "requestBody" in operation:
            statuses += ["409", "413", "415", "422"]
        return statuses

    def get_override_parameters(self) -> list[Any]:
        """The Idempotency-Key of views that take one."""
        method = getattr(self.view, self.method.lower(), None)
        rule = getattr(method, "idempotency_required", None)
        if rule is None:
            return []
        return [
            OpenApiParameter(
                "Idempotency-Key",
                str,
                OpenApiParameter.HEADER,
                required=rule,
                description="1 to 255 characters. For 24 hours a repeat with the same body gets the stored answer.",
            )
        ]


class MoneyFieldExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """How MoneyField looks in the document."""

    target_class = "shop.http.serializers.MoneyField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """An object of amount and currency."""
        return MONEY
