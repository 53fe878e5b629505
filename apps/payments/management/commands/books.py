"""`manage.py books`: what the books sum to, per currency and account, after a check."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.payments.models import Difference
from apps.payments.rules import DifferenceKind
from apps.payments.services.books import read_books
from apps.payments.services.check_ledger import check_ledger
from shop.money import Money


class Command(BaseCommand):
    """Checks, then tells; fails if something differs."""

    help = "Check the books from the last checkpoint on and print the totals; --whole reads every entry and payment."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--whole", action="store_true", help="trust no checkpoint")

    def handle(self, *_args: Any, **options: Any) -> None:
        check_ledger(whole=options["whole"])
        books = read_books(whole=options["whole"])
        for currency, accounts in sorted(books.totals.items()):
            for account, total in sorted(accounts.items()):
                self.stdout.write(f"{currency}  {account:<10} {Money(total, currency)}")
            self.stdout.write(f"{currency}  {'sum':<10} {books.rest(currency)}")
        self.stdout.write(f"{books.entries} entries")
        kinds = (DifferenceKind.LEDGER, DifferenceKind.UNBALANCED)
        wrong = list(Difference.objects.filter(kind__in=kinds, resolved_at=None).order_by("first_found")[:20])
        if wrong:
            raise CommandError("\n".join(difference.detail for difference in wrong))
