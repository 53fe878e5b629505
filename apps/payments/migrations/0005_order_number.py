"""The payment of an order is found by its number, as a bank statement names it."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0004_methods_and_books"),
    ]

    operations = [
        migrations.AlterField(
            model_name="payment",
            name="order_number",
            field=models.CharField(blank=True, db_index=True, default="", max_length=32),
        ),
    ]
