"""Disputes: their fee, and by which they are listed."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0008_saved_methods"),
    ]

    operations = [
        migrations.AddField(
            model_name="dispute",
            name="fee_currency",
            field=models.CharField(blank=True, default="", max_length=3),
        ),
        migrations.AlterField(
            model_name="difference",
            name="kind",
            field=models.CharField(
                choices=[
                    ("ledger", "ledger"),
                    ("unbalanced", "unbalanced"),
                    ("strange_intent", "strange_intent"),
                    ("second_intent", "second_intent"),
                    ("status", "status"),
                    ("received", "received"),
                    ("strange_refund", "strange_refund"),
                    ("refund", "refund"),
                    ("strange_dispute", "strange_dispute"),
                    ("missing", "missing"),
                ],
                max_length=24,
            ),
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(fields=["status", "-opened_at", "-id"], name="payments_dispute_of_status"),
        ),
    ]
