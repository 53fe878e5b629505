"""The bill of materials is told in one line."""

from __future__ import annotations

from config.dev.bill import counted


def test_packages_are_counted_by_their_kind_and_files_are_not():
    bill = {"components": [{"purl": "pkg:pypi/django@5.2"}, {"purl": "pkg:pypi/celery@5"}, {"purl": "pkg:deb/x@1"}, {}]}
    assert counted(bill) == {"pypi": 2, "deb": 1}
