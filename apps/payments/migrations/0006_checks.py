"""What checks of the money read: by an index each."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0005_order_number"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="difference",
            name="payments_difference_found",
        ),
        migrations.AddIndex(
            model_name="difference",
            index=models.Index(fields=["-last_found", "-id"], name="payments_difference_newest"),
        ),
        migrations.AddIndex(
            model_name="difference",
            index=models.Index(fields=["resolved_at", "-last_found", "-id"], name="payments_difference_open"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["succeeded_at"], name="payments_succeeded"),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(fields=["succeeded_at"], name="payments_refund_succeeded"),
        ),
    ]
