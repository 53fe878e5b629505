"""All contexts are built alike."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.urls import get_resolver
from rest_framework.views import APIView

from shop.http.views import ApiView
from tests.architecture import shape
from tests.architecture.sources import CHECKOUT, CONTEXTS, every

FOLDERS = [CHECKOUT / "apps" / context for context in CONTEXTS]


def test_there_are_the_contexts_that_the_registry_names():
    assert sorted(entry.parent.name for entry in CHECKOUT.glob("apps/*/__init__.py")) == sorted(CONTEXTS)


@pytest.mark.parametrize("context", FOLDERS, ids=CONTEXTS)
def test_a_context_has_its_two_doors_and_a_readme(context):
    assert list(shape.missing_doors(context)) == []


@pytest.mark.parametrize("context", FOLDERS, ids=CONTEXTS)
def test_a_context_has_only_files_with_the_names_that_all_have(context):
    assert list(shape.strange_files(context)) == []


def test_a_strange_file_and_a_missing_door_are_found(tmp_path):
    context = tmp_path / "gifts"
    (context / "http").mkdir(parents=True)
    for name in ("api.py", "README.md", "__init__.py", "helpers.py", "http/utils.py"):
        (context / name).touch()
    assert list(shape.strange_files(context)) == ["gifts/helpers.py", "gifts/http/utils.py"]
    assert list(shape.missing_doors(context)) == ["gifts/contracts.py"]


def test_no_file_is_longer_than_400_lines():
    assert list(shape.long_files({source.path: source.text for source in every()})) == []


def test_a_long_file_is_found():
    assert list(shape.long_files({"a.py": "\n" * 401, "b.py": "\n" * 400})) == ["a.py: 401 lines"]


def test_the_kernel_is_read_in_an_hour_and_every_file_of_it_is_found_in_its_readme():
    kernel = CHECKOUT / "shop"
    lines, unnamed = shape.reading((kernel / "README.md").read_text(encoding="utf-8"), kernel)
    assert 2_000 < lines < 2_800
    assert unnamed == []


def test_a_file_that_the_readme_of_the_kernel_does_not_name_is_found(tmp_path):
    for name in ("call.py", "db/rows.py", "http/pages.py", "stray.py", "tests/test_call.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("one\ntwo\n")
    readme = "| `call` `db/rows` | a promise |\n## To be looked up\n| `http/` | `stray` is only spoken of |\n"
    assert shape.reading(readme, tmp_path) == (4, ["stray"])


def test_every_view_of_the_api_says_who_may_enter():
    views = list(shape.views_of(get_resolver()))
    assert len([view for _, view in views if isinstance(view, type) and issubclass(view, ApiView)]) >= 10
    assert list(shape.silent_views(views)) == []


def test_a_view_that_does_not_say_who_may_enter_is_found():
    class Foreign(APIView):
        pass

    found = [line.partition(":")[0] for line in shape.silent_views([("a/", Foreign)])]
    assert found == ["a/"]


def test_the_contract_snapshot_is_what_the_code_says():
    call_command("contracts", "--check")


def test_a_contract_that_differs_from_the_snapshot_is_found(tmp_path, settings):
    settings.BASE_DIR = tmp_path
    with pytest.raises(CommandError, match="differs from the code"):
        call_command("contracts", "--check")


def free_actions(pages):
    """Deeds of the admin that whoever may look at the page could do."""
    for page in pages:
        for name in page.actions or ():
            needed = set(getattr(getattr(page, name), "allowed_permissions", ()))
            if not needed - {"view"}:
                yield f"{page.__class__.__name__}.{name}"


def test_every_action_of_the_admin_needs_more_than_to_look():
    assert list(free_actions(admin.site._registry.values())) == [], 'name it: @admin.action(permissions=["change"])'


def test_an_action_that_names_no_permission_is_found():
    class Page(admin.ModelAdmin):
        actions = ("give_away", "look", "change")

        give_away = staticmethod(admin.action(lambda *_: None))
        look = staticmethod(admin.action(lambda *_: None, permissions=["view"]))
        change = staticmethod(admin.action(lambda *_: None, permissions=["change"]))

    assert list(free_actions([Page(get_user_model(), admin.site)])) == ["Page.give_away", "Page.look"]
