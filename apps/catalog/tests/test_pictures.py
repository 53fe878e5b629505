"""Pictures and their files: shown at once, made small by a worker, gone without a trace; whatever dies in between."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from io import BytesIO

import msgspec
import pytest
from django.core.files.storage import default_storage
from PIL import Image

from apps.catalog.contracts import PictureNotFound, ProductNotFound, TooManyPictures
from apps.catalog.models import Picture, PictureState, Product, StrayFile
from apps.catalog.services import add_picture as adding
from apps.catalog.services import files, make_renditions
from apps.catalog.services.add_picture import add_picture
from apps.catalog.services.change_picture import order_pictures
from apps.catalog.services.delete_product import delete_product
from apps.catalog.services.make_renditions import LAST_ATTEMPT, make_due_renditions, retry_renditions
from apps.catalog.services.remove_picture import names_of, remove_picture
from apps.catalog.services.remove_stray_files import remove_stray_files
from apps.catalog.testing.images import picture
from apps.catalog.testing.make import make_product
from shop import clock, faults, jobs
from shop.db import transact
from shop.errors import CallInsideTransaction, Invalid, Unavailable
from shop.ids import uuid7
from shop.testing.races import at_once

pytestmark = pytest.mark.usefixtures("database")
LATER = timedelta(hours=2)


class Crash(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def crash_at(tmp_path, monkeypatch):
    """`crash_at("name")`: the next pass of this point ends what runs."""
    monkeypatch.setenv("SHOP_FAULTS", str(tmp_path))

    def crash() -> None:
        raise Crash

    monkeypatch.setattr(faults, "crash", crash)
    return lambda name: (tmp_path / name).touch()


@pytest.fixture
def product(database):
    return make_product()


def shown() -> list[dict]:
    return msgspec.json.decode(Product.objects.get().page)["pictures"]


def stored() -> list[str]:
    """All files in the storage."""
    found = []
    for folder in default_storage.listdir("pictures")[0] if default_storage.exists("pictures") else []:
        found += [f"pictures/{folder}/{name}" for name in default_storage.listdir(f"pictures/{folder}")[1]]
    return sorted(found)


@pytest.fixture(autouse=True)
def clean_storage(database):
    for name in stored():  # of tests before
        default_storage.delete(name)


def add(product_id, **options) -> Picture:
    return add_picture(picture_id=uuid7(), product_id=product_id, content=picture(**options), alt="A mug")


def away(*_args: object, **_options: object) -> None:
    raise OSError("no route to the storage")


def test_the_original_is_shown_until_the_sizes_are_made(product):
    jobs.woken.clear()
    row = add(product, size=(800, 600))
    assert jobs.woken == ["catalog.make_renditions"]
    [first] = shown()
    assert (first["url"], first["width"], first["height"], first["srcset"]) == (f"/media/{row.file.name}", 800, 600, [])
    assert make_due_renditions(limit=10) == 1
    [second] = shown()
    assert [(size["width"], size["height"]) for size in second["srcset"]] == [(320, 240), (640, 480), (800, 600)]
    for size in second["srcset"]:
        with Image.open(BytesIO(files.fetch(size["url"].removeprefix("/media/")))) as image:
            assert (image.format, image.size) == ("WEBP", (size["width"], size["height"]))
    assert msgspec.json.decode(Product.objects.get().card)["picture"] == second
    assert Picture.objects.get().state == PictureState.READY
    assert StrayFile.objects.count() == 0
    assert make_due_renditions(limit=10) == 0


def test_a_small_picture_is_never_made_larger(product):
    add(product, size=(200, 100))
    make_due_renditions(limit=10)
    assert [(size["width"], size["height"]) for size in shown()[0]["srcset"]] == [(200, 100)]


def test_names_are_ours_and_say_what_is_inside(product):
    row = add(product)
    folder, picture_id, name = str(row.file.name).split("/")
    assert (folder, picture_id) == ("pictures", row.pk.hex)
    assert name == f"{name[:24]}.jpg"
    assert stored() == [row.file.name]


def test_a_repeat_with_the_same_id_changes_nothing(product):
    picture_id = uuid7()
    for _ in range(2):
        add_picture(picture_id=picture_id, product_id=product, content=picture(), alt="A mug")
    assert (Picture.objects.count(), len(stored()), StrayFile.objects.count()) == (1, 1, 0)


def test_the_same_upload_at_the_same_moment_is_one_picture_whose_file_stays(product):
    upload = partial(add_picture, picture_id=uuid7(), product_id=product, content=picture())
    at_once(*[upload] * 4)
    assert Picture.objects.count() == 1
    with clock.shifted(LATER):
        remove_stray_files(limit=100)
    assert stored() == [Picture.objects.get().file.name]


def test_of_nothing_and_of_a_full_product_it_is_refused(product, monkeypatch):
    with pytest.raises(ProductNotFound):
        add(uuid7())
    monkeypatch.setattr(adding, "MOST_PICTURES", 1)
    add(product)
    with pytest.raises(TooManyPictures):
        add(product)
    assert (Picture.objects.count(), len(stored())) == (1, 1)


def test_a_new_picture_comes_last_and_all_can_be_put_in_order(product):
    rows = [add(product, size=(100 + number, 100)) for number in range(3)]
    assert [one["width"] for one in shown()] == [100, 101, 102]
    order_pictures(product_id=product, picture_ids=[rows[2].pk, rows[0].pk, rows[1].pk])
    assert [one["width"] for one in shown()] == [102, 100, 101]
    for wrong in ([], [rows[0].pk] * 3, [row.pk for row in rows[:2]], [*(row.pk for row in rows), uuid7()]):
        with pytest.raises(Invalid):
            order_pictures(product_id=product, picture_ids=wrong)
    assert [one["width"] for one in shown()] == [102, 100, 101]


# --- the storage is away ---


def test_a_storage_that_is_away_leaves_no_row_and_no_file(product, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(default_storage, "save", away)
        with pytest.raises(Unavailable):
            add(product)
    assert Picture.objects.count() == 0
    assert shown() == []
    assert remove_stray_files(limit=10) == 1
    assert StrayFile.objects.count() == 0


def test_nothing_of_the_storage_happens_inside_a_transaction(product):
    for call in (lambda: files.store("pictures/x.jpg", b"x"), lambda: files.fetch("pictures/x.jpg")):
        with pytest.raises(CallInsideTransaction):
            transact("catalog", call)


# --- crashes ---


def test_a_crash_between_file_and_row_leaves_a_file_that_the_sweep_finds(product, crash_at):
    crash_at("catalog.picture.stored")
    with pytest.raises(Crash):
        add(product)
    assert (Picture.objects.count(), len(stored())) == (0, 1)
    assert remove_stray_files(limit=10) == 0  # it could still be on its way
    with clock.shifted(LATER):
        assert remove_stray_files(limit=10) == 1
    assert (stored(), StrayFile.objects.count()) == ([], 0)


def test_after_a_crash_the_repeat_of_the_upload_finishes_it(product, crash_at):
    upload = partial(add_picture, picture_id=uuid7(), product_id=product, content=picture())
    crash_at("catalog.picture.stored")
    with pytest.raises(Crash):
        upload()
    upload()
    with clock.shifted(LATER):
        assert remove_stray_files(limit=10) == 0
    assert stored() == [Picture.objects.get().file.name]


def test_a_worker_that_dies_leaves_work_to_the_next_and_no_file_too_many(product, crash_at):
    row = add(product, size=(800, 600))
    crash_at("catalog.renditions.stored")
    with pytest.raises(Crash):
        make_due_renditions(limit=10)
    assert make_due_renditions(limit=10) == 0  # the dead one's lease
    with clock.shifted(timedelta(minutes=10)):
        assert make_due_renditions(limit=10) == 1
    with clock.shifted(LATER):
        assert remove_stray_files(limit=10) == 0
    row.refresh_from_db()
    assert stored() == sorted(names_of(row))
    assert len(stored()) == 4


def test_a_file_that_is_being_removed_cannot_get_an_owner(product, monkeypatch):
    """The sweep comes exactly between the file and its row."""
    store = files.store

    def stored_and_swept(name: str, content: bytes) -> None:
        store(name, content)
        StrayFile.objects.update(removing=True)

    monkeypatch.setattr(files, "store", stored_and_swept)
    with pytest.raises(Unavailable):
        add(product)
    assert Picture.objects.count() == 0


# --- pictures that fail ---


def test_a_picture_whose_file_is_gone_is_tried_again_then_marked_and_tried_when_asked(product, caplog):
    row = add(product)
    default_storage.delete(str(row.file.name))
    with clock.frozen(clock.now()) as _:
        pass
    ahead = timedelta()
    for attempt in range(1, LAST_ATTEMPT + 1):
        ahead += timedelta(minutes=10)
        with clock.shifted(ahead):
            assert make_due_renditions(limit=10) == 1
        row.refresh_from_db()
        assert row.attempts == attempt
    assert (row.state, row.due) == (PictureState.FAILED, None)
    assert "FileNotFoundError" in row.problem
    assert shown()[0]["url"].endswith(".jpg")
    default_storage.save(str(row.file.name), BytesIO(picture()))  # type: ignore[arg-type]  # anything with read()
    retry_renditions(picture_id=row.pk)
    assert make_due_renditions(limit=10) == 1
    row.refresh_from_db()
    assert (row.state, row.problem) == (PictureState.READY, "")


def test_a_storage_that_is_away_does_not_count_against_the_picture(product, monkeypatch):
    row = add(product)
    monkeypatch.setattr(default_storage, "open", away)
    for number in range(LAST_ATTEMPT + 2):
        with clock.shifted(timedelta(minutes=10 * (number + 1))):
            assert make_due_renditions(limit=10) == 1
    row.refresh_from_db()
    assert (row.state, row.attempts) == (PictureState.PENDING, 0)


def test_a_picture_that_is_removed_while_its_sizes_are_made_leaves_nothing(product, monkeypatch):
    row = add(product, size=(800, 600))
    made = make_renditions._renditions

    def removed_meanwhile(one: Picture):
        renditions = made(one)
        remove_picture(picture_id=one.pk, product_id=product)
        return renditions

    monkeypatch.setattr(make_renditions, "_renditions", removed_meanwhile)
    make_due_renditions(limit=10)
    with clock.shifted(LATER):
        remove_stray_files(limit=100)
    assert (stored(), StrayFile.objects.count(), Picture.objects.filter(pk=row.pk).exists()) == ([], 0, False)


# --- removing ---


def test_a_removed_picture_is_gone_at_once_and_its_files_after_the_caches(product):
    row = add(product, size=(800, 600))
    make_due_renditions(limit=10)
    remove_picture(picture_id=row.pk, product_id=product)
    assert shown() == []
    assert remove_stray_files(limit=100) == 0
    assert len(stored()) == 4
    with clock.shifted(LATER):
        assert remove_stray_files(limit=100) == 4
    assert stored() == []
    with pytest.raises(PictureNotFound):
        remove_picture(picture_id=row.pk, product_id=product)


def test_a_removed_product_takes_the_files_of_its_pictures_along(product):
    add(product, size=(800, 600))
    make_due_renditions(limit=10)
    delete_product(product_id=product)
    with clock.shifted(LATER):
        assert remove_stray_files(limit=100) == 4
    assert stored() == []


def test_a_file_that_cannot_be_removed_now_is_removed_later(product, monkeypatch):
    row = add(product)
    remove_picture(picture_id=row.pk, product_id=product)
    with clock.shifted(LATER):
        with monkeypatch.context() as broken:
            broken.setattr(default_storage, "delete", away)
            assert remove_stray_files(limit=10) == 0
        assert StrayFile.objects.get().attempts == 1
        assert remove_stray_files(limit=10) == 0
    with clock.shifted(2 * LATER):
        assert remove_stray_files(limit=10) == 1
    assert stored() == []
