"""What the OpenAPI document says of every operation without each view repeating it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema_serializer
from rest_framework import serializers

from shop.errors import DomainError
from shop.http.problems import CONTENT_TYPE as PROBLEM_TYPE
from shop.http.problems import title_and_status, type_of

MONEY = {"$ref": "#/components/schemas/Money"}
PROBLEM = {"$ref": "#/components/schemas/Problem"}

Method = TypeVar("Method", bound=Callable[..., Any])
Shape = TypeVar("Shape", bound="serializers.Serializer[Any]")


def takes(body: Any) -> Callable[[Method], Method]:
    """Above a `delete` that reads a body, for which drf-spectacular has no word."""

    def mark(method: Method) -> Method:
        method.body_of_delete = body  # type: ignore[attr-defined]
        return method

    return mark


def raises(*errors: type[DomainError]) -> Callable[[Method], Method]:
    """Name the refusals of a handler beside those that every handler has; a test fails on one that is missing here."""

    def mark(method: Method) -> Method:
        method.raises = errors  # type: ignore[attr-defined]
        return method

    return mark


def example(value: Any) -> Callable[[type[Shape]], type[Shape]]:
    """Above a serializer: how one looks, wherever it is sent or answered. A test checks it against the serializer."""
    decorate: Callable[[type[Shape]], type[Shape]] = extend_schema_serializer(
        examples=[OpenApiExample("Example", value=value, status_codes=["200", "201", "202"])]
    )
    return decorate


def example_of(shape: type[serializers.Serializer[Any]]) -> Any:
    """The value that `example` gave it."""
    return shape._spectacular_annotation["examples"][0].value  # type: ignore[attr-defined]  # noqa: SLF001


class Schema(AutoSchema):
    """drf-spectacular's, with problem documents, the access rule and the headers of each operation."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """The operation, plus what is true of all of ours."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        access = getattr(self.view, "access", None)
        if operation is None or access is None:
            return operation
        access = access.of(self.method)
        if body := self._mark("body_of_delete"):
            schema = self.resolve_serializer(body, "request").ref
            media = {"schema": schema, "examples": {"Example": {"value": example_of(body)}}}
            operation["requestBody"] = {"required": True, "content": {"application/json": media}}
        responses = operation.setdefault("responses", {})
        for status, codes in self._codes(operation, access).items():
            responses.setdefault(status, _problem(codes))
        if self.method == "GET" and "200" in responses:
            responses.setdefault("304", {"description": "Not changed since the ETag in If-None-Match"})
        responses.setdefault("default", _problem(["server_error"]))
        operation["responses"] = dict(sorted(responses.items()))
        operation["x-access"] = access.why
        if not access.needs_token:
            operation["security"] = [{}, *(operation.get("security", []) if self._reads_tokens() else [])]
        return operation

    def get_summary(self) -> str:
        """The first sentence of the handler's docstring."""
        words: str = super().get_summary() or self.get_description().partition("\n\n")[0]
        return " ".join(words.partition(". ")[0].split()).rstrip(".")

    def _reads_tokens(self) -> bool:
        return bool(self.view.authentication_classes) and not getattr(self.view, "ignores_tokens", False)

    def _mark(self, name: str) -> Any:
        return getattr(getattr(self.view, self.method.lower(), None), name, None)

    def _codes(self, operation: dict[str, Any], access: Any) -> dict[str, list[str]]:
        """The codes of all problems that this operation can answer, by status."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for status, code in self._general(operation, access):
            found[status].add(code)
        for error in self._mark("raises") or ():
            found[str(error.status)].add(error.code)
        return {status: sorted(codes) for status, codes in found.items()}

    def _general(self, operation: dict[str, Any], access: Any) -> Iterator[tuple[str, str]]:
        """What the kernel answers by itself."""
        places = {parameter["in"] for parameter in operation.get("parameters", ())}
        body = "requestBody" in operation or self.method in {"POST", "PUT", "PATCH"}
        key, match = self._mark("idempotency_required"), self._mark("if_match")
        rules: tuple[tuple[Any, tuple[str, ...]], ...] = (
            (True, ("400 malformed", "406 not_acceptable", "429 too_many_requests", "503 unavailable")),
            (self.view.authentication_classes, ("401 not_authenticated",)),
            (access.needs_token, ("403 forbidden",)),
            ("path" in places, ("404 not_found",)),
            ("query" in places or body or self._mark("unpaged") is not None, ("422 invalid",)),
            (body, ("411 length_required", "413 body_too_large", "415 unsupported_media_type")),
            (key is not None, ("400 idempotency.key_invalid", "409 idempotency.in_progress")),
            (key is not None, ("422 idempotency.key_reused",)),
            (key, ("400 idempotency.key_required",)),
            (match, ("412 precondition_failed",)),
            (match == "required", ("428 precondition_required",)),
        )
        for holds, answers in rules:
            for answer in answers if holds else ():
                status, _, code = answer.partition(" ")
                yield status, code

    def get_override_parameters(self) -> list[Any]:
        """The headers that the marks of a handler speak of."""
        found = []
        if (required := self._mark("idempotency_required")) is not None:
            text = "1 to 255 characters. For 24 hours a repeat with the same body gets the stored answer."
            found.append(_header("Idempotency-Key", text, required=required))
        if (match := self._mark("if_match")) in {"required", "honoured"}:
            text = "The ETag that was read: 412 when it has changed meanwhile."
            found.append(_header("If-Match", text, required=match == "required"))
        return found


HEADERS = {
    "RateLimit-Policy": {
        "schema": {"type": "string"},
        "description": "Of each policy that counted this request: its name, quota q and window w in seconds.",
        "example": '"read";q=6000;w=60',
    },
    "RateLimit": {
        "schema": {"type": "string"},
        "description": "Of each policy: what remains (r), and in how many seconds it begins anew (t).",
        "example": '"read";r=5999;t=42',
    },
    "X-Request-Id": {"schema": {"type": "string"}, "description": "The client's own, or a new one."},
}
ON_EVERY_ANSWER = {name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS}


def _header(name: str, text: str, *, required: bool) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, required=required, description=text)


def _problem(codes: list[str]) -> dict[str, Any]:
    examples = {code: {"$ref": f"#/components/examples/{code}"} for code in codes}
    return {
        "description": f"Problem document: {', '.join(f'`{code}`' for code in codes)}",
        "content": {PROBLEM_TYPE: {"schema": PROBLEM, "examples": examples}},
    }


def share_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular's hook: each set of problems stands once in the document, and an example of each problem."""
    shared = result["components"].setdefault("responses", {})
    codes: set[str] = set()
    for operation in (operation for path in result["paths"].values() for operation in path.values()):
        for status, response in operation["responses"].items():
            named = response.get("content", {}).get(PROBLEM_TYPE, {}).get("examples", {})
            if named:
                codes.update(named)
                name = ".or.".join(named)
                shared[name] = response
                operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
            elif status.startswith("2"):
                response["headers"] = {**response.get("headers", {}), **ON_EVERY_ANSWER}
    for name in ("too_many_requests", "unavailable"):
        if name in shared:
            shared[name]["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds"}}
    result["components"]["responses"] = dict(sorted(shared.items()))
    result["components"]["headers"] = HEADERS
    result["components"]["examples"] = {code: _example(code) for code in sorted(codes)}
    return result


def allow_sparse(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular's hook: what takes `fields` may answer without what is required otherwise."""
    schemas = result["components"]["schemas"]
    for operation in (operation for path in result["paths"].values() for operation in path.values()):
        if any(parameter["name"] == "fields" for parameter in operation.get("parameters", ())):
            media = operation["responses"]["200"]["content"]["application/json"]
            name = media["schema"].get("$ref", "").rpartition("/")[2]
            sparse = _sparse(schemas[name] if name else media["schema"], schemas, depth=2)
            sparse["description"] = "With `fields`: only those."
            media["schema"] = {"anyOf": [media["schema"], sparse]}
    return result


def _sparse(schema: dict[str, Any], schemas: dict[str, Any], depth: int) -> dict[str, Any]:
    """The same without `required`, two objects deep; of a list its items."""
    if "$ref" in schema:
        found = schemas[schema["$ref"].rpartition("/")[2]]
        return _sparse(found, schemas, depth) if depth else schema
    if "items" in schema:
        return {**schema, "items": _sparse(schema["items"], schemas, depth)}
    properties = schema.get("properties")
    if not properties or not depth:
        return schema
    if "has_more" in properties:
        return {**schema, "properties": {**properties, "data": _sparse(properties["data"], schemas, depth)}}
    inner = {name: _sparse(one, schemas, depth - 1) for name, one in properties.items()}
    return {**{key: value for key, value in schema.items() if key != "required"}, "properties": inner}


def _example(code: str) -> dict[str, Any]:
    title, status = title_and_status(code)
    value = {
        "type": type_of(code),
        "title": title,
        "status": status,
        "detail": f"{title}.",
        "instance": "/api/v1/somewhere",
        "code": code,
        "request_id": "019bf8a2-6f00-7c3e-9a51-3f1f6a0d2c11",
    }
    return {"summary": title, "value": value}


class MoneyFieldExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """How MoneyField looks in the document."""

    target_class = "shop.http.serializers.MoneyField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """An object of amount and currency."""
        return MONEY
