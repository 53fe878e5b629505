"""Messages."""

from __future__ import annotations

from django.db import migrations, models

import shop.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.UUIDField(db_column="_id", editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("order_confirmed", "order_confirmed"),
                            ("order_cancelled", "order_cancelled"),
                            ("order_refunded", "order_refunded"),
                        ],
                        max_length=40,
                    ),
                ),
                ("channel", models.CharField(choices=[("mail", "mail"), ("sms", "sms")], max_length=8)),
                ("recipient", models.CharField(max_length=254)),
                ("language", models.CharField(default="en", max_length=12)),
                ("subject", models.CharField(blank=True, default="", max_length=200)),
                ("text", models.TextField()),
                ("html", models.TextField(blank=True, default="")),
                ("order_id", models.UUIDField(blank=True, db_index=True, null=True)),
                ("order_number", models.CharField(blank=True, default="", max_length=32)),
                (
                    "status",
                    models.CharField(
                        choices=[("pending", "pending"), ("sent", "sent"), ("dead", "dead")],
                        default="pending",
                        max_length=8,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("due", models.DateTimeField(default=shop.clock.now)),
                ("last_error", models.CharField(blank=True, default="", max_length=500)),
                ("provider_reference", models.CharField(blank=True, default="", max_length=255)),
                ("created_at", models.DateTimeField(default=shop.clock.now)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["status", "due"], name="notifications_message_due")],
            },
        ),
    ]
