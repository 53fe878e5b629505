"""Pictures over HTTP: uploads of every kind of badness, who may, repeats, and how the files are served."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.test import Client

from apps.catalog.models import Picture
from apps.catalog.services.make_renditions import make_due_renditions
from apps.catalog.testing.images import animated, picture, png_of_size
from apps.catalog.testing.make import make_product
from shop.http.cookies import ACCESS
from shop.ids import uuid7
from shop.testing.http import send
from shop.testing.tokens import bearer

pytestmark = pytest.mark.usefixtures("database")
PERSON = uuid7()
BOUNDARY = "shop-test-boundary"
PICTURES = "/products/mug/pictures"


def token() -> str:
    return bearer("staff", PERSON, ["catalog:write"])


def ask(method: str, path: str, body: object = None, **headers: str):
    headers.setdefault("authorization", token())
    return send(method, path, body, **headers)


def form(*parts: tuple[str, bytes]) -> bytes:
    """A multipart body of (head, content)."""
    lines = [b"--%s\r\n%s\r\n\r\n%s\r\n" % (BOUNDARY.encode(), head.encode(), content) for head, content in parts]
    return b"".join(lines) + b"--%s--\r\n" % BOUNDARY.encode()


def file(content: bytes, name: str = "mug.jpg", kind: str = "image/jpeg") -> tuple[str, bytes]:
    return f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {kind}', content


def text(name: str, value: bytes) -> tuple[str, bytes]:
    return f'Content-Disposition: form-data; name="{name}"', value


def post(body: bytes, kind: str = f"multipart/form-data; boundary={BOUNDARY}", path: str = PICTURES, **headers: str):
    named = {f"HTTP_{name.upper()}": value for name, value in {"authorization": token(), **headers}.items()}
    return Client().generic("POST", f"/api/v1{path}", body, content_type=kind, **named)  # type: ignore[arg-type]


def upload(content: bytes | None = None, alt: str = "A mug", **headers: str):
    return post(form(file(picture() if content is None else content), text("alt", alt.encode())), **headers)


@pytest.fixture(autouse=True)
def mug(database):
    yield make_product(published=False)
    for row in Picture.objects.all():
        for name in [row.file.name, *(name for _, _, name in row.renditions)]:
            default_storage.delete(name)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", ""), ("PUT", "/order"), *((method, f"/{uuid7()}") for method in ("GET", "PATCH", "DELETE"))],
)
def test_only_staff_with_the_scope_may(method, path):
    assert send(method, PICTURES + path, {}).status_code == 401
    for wrong in (bearer(), bearer("staff", uuid7(), ["stock:write", "prices:write"])):
        assert send(method, PICTURES + path, {}, authorization=wrong).status_code == 403


def test_a_person_in_a_browser_uploads_by_the_cookie(settings):
    browser, path = Client(enforce_csrf_checks=True), f"/api/v1{PICTURES}"
    browser.cookies[ACCESS] = token().removeprefix("Bearer ")
    page = browser.get(path, headers={"Accept": "text/html"}).content.decode()
    csrf = page.partition('"csrfToken": "')[2].partition('"')[0]

    def sent(**headers: str):
        parts = {"file": BytesIO(picture()), "alt": "A mug"}
        return browser.post(path, parts, headers={"Origin": "http://testserver", "Idempotency-Key": "once", **headers})

    written = [sent(**{"X-CSRFToken": csrf}) for _ in range(2)]
    assert [answer.status_code for answer in written] == [201, 201]
    assert (written[0].json()["alt"], Picture.objects.count()) == ("A mug", 1)
    assert sent(Accept="text/html").status_code == 403
    settings.SHOP_UPLOAD_LIMIT = 100
    assert sent(**{"X-CSRFToken": csrf, "Idempotency-Key": "twice"}).status_code == 413


def test_a_picture_is_uploaded_read_changed_and_removed():
    answer = upload()
    assert answer.status_code == 201, answer.content
    made = answer.json()
    row = Picture.objects.get()
    assert answer.headers["Location"] == f"/api/v1{PICTURES}/{made['id']}"
    assert made == {
        "id": str(row.pk),
        "url": f"/media/{row.file.name}",
        "alt": "A mug",
        "position": 0,
        "width": 400,
        "height": 300,
        "size": row.size,
        "state": "pending",
        "problem": "",
        "srcset": [],
    }
    path = f"{PICTURES}/{made['id']}"
    read = ask("GET", path)
    assert (read.json(), read.headers["ETag"]) == (made, answer.headers["ETag"])
    changed = ask("PATCH", path, {"alt": "A cup", "position": 7}, if_match=read.headers["ETag"])
    assert (changed.json()["alt"], changed.json()["position"]) == ("A cup", 7)
    assert ask("PATCH", path, {"alt": "Late"}, if_match=read.headers["ETag"]).status_code == 412
    assert ask("PATCH", path, {}).json()["alt"] == "A cup"
    make_due_renditions(limit=5)
    ready = ask("GET", path, if_none_match=changed.headers["ETag"])
    assert (ready.status_code, ready.json()["state"], len(ready.json()["srcset"])) == (200, "ready", 2)
    assert ask("DELETE", path, if_match=changed.headers["ETag"]).status_code == 412
    assert ask("DELETE", path, if_match=ready.headers["ETag"]).status_code == 204
    assert ask("GET", path).json()["code"] == "catalog.picture_not_found"
    assert ask("GET", PICTURES).json() == {"data": []}


def test_pictures_are_put_in_order():
    first, second = (upload(picture(size=(100 + n, 100))).json()["id"] for n in range(2))
    listed = ask("GET", PICTURES)
    assert [row["id"] for row in listed.json()["data"]] == [first, second]
    swapped = ask("PUT", f"{PICTURES}/order", {"pictures": [second, first]}, if_match=listed.headers["ETag"])
    assert [row["id"] for row in swapped.json()["data"]] == [second, first]
    late = ask("PUT", f"{PICTURES}/order", {"pictures": [first, second]}, if_match=listed.headers["ETag"])
    assert late.status_code == 412
    wrong = ask("PUT", f"{PICTURES}/order", {"pictures": [first]})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/pictures")
    assert ask("PUT", f"{PICTURES}/order", {"pictures": ["x"]}).status_code == 422


def test_an_unknown_product_and_a_picture_of_another_product_are_not_found():
    make_product("cup", stock={"CUP": 1})
    picture_id = upload().json()["id"]
    assert post(form(file(picture())), path="/products/nope/pictures").json()["code"] == "catalog.product_not_found"
    for method in ("GET", "PATCH", "DELETE"):
        answer = ask(method, f"/products/cup/pictures/{picture_id}", {} if method == "PATCH" else None)
        assert (answer.status_code, answer.json()["code"]) == (404, "catalog.picture_not_found")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", 415, "catalog.no_picture"),
        (b"<!doctype html><script>alert(1)</script>", 415, "catalog.no_picture"),
        (b"MZ\x90\x00", 415, "catalog.no_picture"),
        (b"", 422, "catalog.bad_picture"),
        (picture()[:1000], 422, "catalog.bad_picture"),
        (animated("GIF"), 422, "catalog.bad_picture"),
        (png_of_size(30_000, 30_000), 422, "catalog.bad_picture"),
    ],
    ids=["svg", "html", "exe", "empty", "truncated", "animated", "bomb"],
)
def test_a_file_that_is_no_picture_is_refused_and_leaves_nothing(content, status, code):
    answer = upload(content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Picture.objects.count() == 0


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "mug.html", "a\\\\b.php", "x" * 500 + ".jpg", "mug.svg", "%00.jpg"]
)
def test_the_name_and_type_that_a_client_gives_count_for_nothing(name):
    answer = post(form(file(picture(), name, "text/html")))
    assert answer.status_code == 201
    assert answer.json()["url"].startswith("/media/pictures/")
    assert answer.json()["url"].endswith(".jpg")


def test_the_body_is_limited_here_and_stays_so_everywhere_else():
    large = upload(b"\xff\xd8\xff" + b"\0" * settings.SHOP_UPLOAD_LIMIT)
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
    noise = picture("PNG", size=(900, 900), mode="RGB", compress_level=0)
    assert settings.SHOP_BODY_LIMIT < len(noise) < settings.SHOP_UPLOAD_LIMIT
    assert upload(noise).status_code == 201
    assert ask("POST", "/stock-locations", {"code": "x", "name": "x" * 300_000}).status_code in {403, 413}
    assert ask("PUT", f"{PICTURES}/order", {"pictures": ["x" * 300_000]}).status_code == 413


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"file": "x"}', "application/json", 415),
        (picture(), "image/jpeg", 415),
        (b"file=x", "application/x-www-form-urlencoded", 415),
        (form(file(b"x")), "multipart/form-data", 400),
        (form(file(b"x")), "multipart/form-data; boundary=", 400),
        (form(file(b"x")), "multipart/form-data; boundary=" + "x" * 300, 415),
        (form(file(b"x"), file(b"y")), "", 400),
        (form(file(b"x"), text("alt", b"a"), text("alt", b"b")), "", 400),
        (form(file(b"x"), text("file", b"b")), "", 400),
        (form(file(picture()), text("alt", b"a\0b")), "", 400),
        (form(*(text(f"field{n}", b"x") for n in range(2_000))), "", 400),
        (form(file(picture()), text("alt", b"x" * 201)), "", 422),
        (form(file(picture()), text("price", b"1")), "", 422),
        (form(text("file", b"not a file")), "", 422),
        (form(text("alt", b"no file")), "", 422),
        (b"", "", 422),
        (b"--" + BOUNDARY.encode(), "", 422),
        (b"\xff\xfe\x00garbage", "", 422),
    ],
)
def test_a_broken_form_is_a_problem_and_never_a_crash(body, kind, status):
    answer = post(body, kind) if kind else post(body)
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert Picture.objects.count() == 0


def test_a_repeat_with_the_same_key_is_the_same_picture_and_another_file_is_refused():
    first = upload(idempotency_key="k1")
    again = upload(idempotency_key="k1")
    assert (again.status_code, again.json(), again.headers["Idempotent-Replayed"]) == (201, first.json(), "true")
    other = upload(picture(size=(401, 300)), idempotency_key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")
    assert Picture.objects.count() == 1


def test_a_storage_that_is_away_is_told_and_the_repeat_works(monkeypatch):
    def away(*_args: object, **_options: object) -> None:
        raise OSError("away")

    with monkeypatch.context() as broken:
        broken.setattr(default_storage, "save", away)
        answer = upload(idempotency_key="k1")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    assert Picture.objects.count() == 0
    assert upload(idempotency_key="k1").status_code == 201


def get(path: str, method: str = "get"):
    return getattr(Client(), method)(path)


def test_a_file_is_served_as_what_it_is_and_may_be_kept_for_ever():
    url = upload().json()["url"]
    answer = get(url)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert b"".join(answer.streaming_content)[:3] == b"\xff\xd8\xff"
    answer.close()
    head = get(url, "head")
    assert head.status_code == 200
    head.close()
    assert get(url, "post").status_code == 405


@pytest.mark.parametrize(
    "path", ["pictures/page.html", "pictures/x.svg", "../secret_key", "pictures/", "x" * 5000 + ".jpg"]
)
def test_nothing_but_pictures_is_served(path):
    folder = settings.MEDIA_ROOT / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("page.html", "x.svg"):
        (folder / name).write_text("<script>alert(1)</script>")
    try:
        answer = get(f"/media/{path}")
        assert answer.status_code == 404
        assert b"<script>" not in answer.content
    finally:
        for name in ("page.html", "x.svg"):
            (folder / name).unlink()


@pytest.mark.parametrize("path", ["../out.jpg", "%2e%2e/out.jpg", "pictures/../../out.jpg", "//out.jpg"])
def test_a_name_that_leads_out_is_absent_and_no_alarm(caplog, path):
    outside = settings.MEDIA_ROOT.parent / "out.jpg"
    outside.write_bytes(b"\xff\xd8\xff secret")
    try:
        assert get(f"/media/{path}").status_code == 404
    finally:
        outside.unlink()
    assert [record.levelname for record in caplog.records if record.levelname not in ("WARNING", "INFO")] == []
    assert [record for record in caplog.records if record.exc_info] == []
