"""Videos of a product: said by staff over HTTP or on its page in the admin, shown in their order."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from apps.catalog.models import Product
from apps.catalog.rules import VideoFact, wrong_videos
from apps.catalog.services.ensure_basics import ensure_basics
from apps.catalog.services.render_product import render_product
from apps.catalog.testing.staff import ask, done, errors_of, make_mug, make_shelf, mug
from shop.testing.http import send

pytestmark = pytest.mark.usefixtures("database")
THROWN = {"url": "https://videos.example.com/thrown?t=5", "title": "How it is thrown"}
GLAZED = {"url": "https://videos.example.com/glazed", "title": ""}


@pytest.fixture(autouse=True)
def basics(database):
    ensure_basics()


def page():
    return done(send("GET", "/products/mug"))


def test_a_product_shows_its_videos_in_their_order_and_a_list_does_not():
    make_mug(videos=[THROWN, {"url": GLAZED["url"]}])

    assert page()["videos"] == [THROWN, GLAZED]
    assert done(ask("GET", "/staff/products/mug"))["videos"] == [THROWN, GLAZED]
    assert "videos" not in done(send("GET", "/products"))["data"][0]


def test_they_change_only_when_they_are_named_and_with_them_the_etag():
    make_mug(videos=[THROWN])
    before = send("GET", "/products/mug").headers["ETag"]

    done(ask("PATCH", "/products/mug", {"seo_title": "Mug!"}))
    assert page()["videos"] == [THROWN]
    done(ask("PATCH", "/products/mug", {"videos": [GLAZED, THROWN]}))
    assert page()["videos"] == [GLAZED, THROWN]
    assert send("GET", "/products/mug").headers["ETag"] != before
    done(ask("PATCH", "/products/mug", {"videos": []}))
    assert page()["videos"] == []


@pytest.mark.parametrize(
    ("videos", "pointer"),
    [
        ([THROWN, {"url": "http://videos.example.com/a"}], "/videos/1/url"),
        ([{"url": "javascript:alert(1)"}], "/videos/0/url"),
        ([{"url": "https://"}], "/videos/0/url"),
        ([{"url": "https://ada:secret@videos.example.com/a"}], "/videos/0/url"),
        ([{"url": "https://videos.example.com:port/a"}], "/videos/0/url"),
        ([{"url": "https://[::1/a"}], "/videos/0/url"),
        ([{"url": "https://videos.example.com/a b"}], "/videos/0/url"),
        ([{"url": 'https://videos.example.com/"><script>'}], "/videos/0/url"),
        ([{"url": "https://vid\u00e9os.example.com/a"}], "/videos/0/url"),
        ([{"url": "https://v.example.com/" + "a" * 500}], "/videos/0/url"),
        ([{"url": 5}], "/videos/0/url"),
        ([{"title": "No address"}], "/videos/0/url"),
        ([{**THROWN, "title": "Two\nlines"}], "/videos/0/title"),
        ([{**THROWN, "title": "a" * 201}], "/videos/0/title"),
        ([{**THROWN, "kind": "mp4"}], "/videos/0/kind"),
        ([THROWN, {**THROWN, "title": "Again"}], "/videos/1/url"),
        (["https://videos.example.com/a"], "/videos/0"),
        ([{"url": f"https://videos.example.com/{i}"} for i in range(11)], "/videos"),
        (THROWN, "/videos"),
        (None, "/videos"),
    ],
)
def test_what_no_page_could_show_is_refused_at_its_place(videos, pointer):
    make_shelf()
    answer = ask("POST", "/products", mug(videos=videos))

    assert (answer.status_code, [error[0] for error in errors_of(answer)]) == (422, [pointer])
    assert not Product.objects.exists()


def test_ten_are_shown_and_eleven_are_too_many():
    eleven = [VideoFact(f"https://videos.example.com/{i}") for i in range(11)]

    assert wrong_videos(eleven[:10]) == []
    assert [(error.pointer, error.code) for error in wrong_videos(eleven)] == [("/videos", "too_many")]


def test_a_product_that_a_version_without_videos_wrote_has_none():
    make_mug()
    Product.objects.update(videos=None)
    render_product(product_id=Product.objects.get().pk)

    assert page()["videos"] == []
    done(ask("PATCH", "/products/mug", {"name": "Cup"}))
    assert done(ask("GET", "/staff/products/mug"))["videos"] == []


@pytest.fixture
def merchandiser():
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("boss@example.com", "secret-enough"))
    return client


def form(**changes):
    """What the page of the mug sends; of its variants nothing changes."""
    product = Product.objects.get()
    typed = {"attributes_material": "stoneware", "attributes_capacity": "350", "product_type": "drinkware"}
    place = {"category": str(product.category_id), "tax_class": "standard", "status": "published"}
    sent = {"name": "Mug", "slug": "mug", "description": "", "seen_revision": product.revision, **typed, **place}
    for i, variant in enumerate(product.variants.order_by("sku")):
        row = {"id": variant.pk, "product": product.pk, "sku": variant.sku, "position": i, "price_eur": "12.00"}
        sent |= {f"variants-{i}-{name}": str(value) for name, value in row.items()}
        sent[f"variants-{i}-options_color"] = variant.options["color"]
    formsets = {"variants-TOTAL_FORMS": 2, "variants-INITIAL_FORMS": 2}
    return {**sent, **formsets, "pictures-TOTAL_FORMS": 0, "pictures-INITIAL_FORMS": 0, **changes}


def test_in_the_admin_they_are_lines_of_an_address_and_what_it_shows(merchandiser):
    make_mug(videos=[THROWN, GLAZED])
    address = reverse("admin:catalog_product_change", args=[Product.objects.get().pk])
    lines = merchandiser.get(address).context["adminform"].form["videos"].value()
    assert lines == f"{THROWN['url']} {THROWN['title']}\n{GLAZED['url']}"

    typed = f"{GLAZED['url']}   Dipped twice \r\n\r\n {THROWN['url']}\r\n"
    answer = merchandiser.post(address, form(videos=typed))

    assert answer.status_code == 302, answer.context["errors"]
    assert page()["videos"] == [{**GLAZED, "title": "Dipped twice"}, {**THROWN, "title": ""}]


def test_a_wrong_line_in_the_admin_is_told_by_its_number_and_nothing_is_lost(merchandiser):
    make_mug(videos=[THROWN])
    address = reverse("admin:catalog_product_change", args=[Product.objects.get().pk])
    typed = f"{THROWN['url']}\nftp://videos.example.com/a An old one"
    answer = merchandiser.post(address, form(videos=typed))

    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "Line 2: An address that begins with https://" in shown
    assert "ftp://videos.example.com/a An old one" in shown
    assert page()["videos"] == [THROWN]
