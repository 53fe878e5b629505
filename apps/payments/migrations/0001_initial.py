"""Payments, refunds, provider events."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import shop.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("order_id", models.UUIDField(db_column="_id", primary_key=True, serialize=False)),
                ("order_number", models.CharField(blank=True, default="", max_length=32)),
                ("provider", models.CharField(max_length=20)),
                ("provider_reference", models.CharField(blank=True, db_index=True, default="", max_length=255)),
                ("key_number", models.PositiveIntegerField(default=1)),
                ("key_since", models.DateTimeField(default=shop.clock.now)),
                ("capture", models.CharField(default="automatic", max_length=12)),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("amount_received_minor", models.BigIntegerField(default=0)),
                ("amount_refunded_minor", models.BigIntegerField(default=0)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("new", "new"),
                            ("open", "open"),
                            ("processing", "processing"),
                            ("succeeded", "succeeded"),
                            ("canceled", "canceled"),
                        ],
                        default="new",
                        max_length=12,
                    ),
                ),
                ("refusal", models.CharField(blank=True, default="", max_length=64)),
                ("last_error", models.CharField(blank=True, default="", max_length=500)),
                ("last_failure", models.CharField(blank=True, default="", max_length=255)),
                ("checks", models.PositiveIntegerField(default=0)),
                ("due", models.DateTimeField(default=shop.clock.now)),
                ("revision", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=shop.clock.now)),
                ("succeeded_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["status", "due"], name="payments_payment_due")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gte", 0)), name="payments_amount_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_received_minor__gte", 0)), name="payments_received_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_refunded_minor__gte", 0)), name="payments_refunded_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_refunded_minor__lte", models.F("amount_received_minor"))),
                        name="payments_refunded_not_too_much",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProviderEvent",
            fields=[
                ("id", models.CharField(db_column="_id", max_length=255, primary_key=True, serialize=False)),
                ("provider", models.CharField(default="stripe", max_length=20)),
                ("type", models.CharField(max_length=100)),
                ("reference", models.CharField(blank=True, db_index=True, default="", max_length=255)),
                ("intent_reference", models.CharField(blank=True, default="", max_length=255)),
                ("payload", models.TextField()),
                ("occurred_at", models.DateTimeField()),
                ("received_at", models.DateTimeField(default=shop.clock.now)),
                (
                    "status",
                    models.CharField(
                        choices=[("pending", "pending"), ("handled", "handled"), ("dead", "dead")],
                        default="pending",
                        max_length=8,
                    ),
                ),
                ("handled_at", models.DateTimeField(blank=True, null=True)),
                ("due", models.DateTimeField(default=shop.clock.now)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("note", models.CharField(blank=True, default="", max_length=500)),
            ],
            options={
                "indexes": [models.Index(fields=["status", "due"], name="payments_event_due")],
            },
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                ("refund_id", models.UUIDField(db_column="_id", primary_key=True, serialize=False)),
                ("provider_reference", models.CharField(blank=True, default="", max_length=255)),
                ("key_number", models.PositiveIntegerField(default=1)),
                ("key_since", models.DateTimeField(default=shop.clock.now)),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                (
                    "status",
                    models.CharField(
                        choices=[("pending", "pending"), ("succeeded", "succeeded"), ("failed", "failed")],
                        default="pending",
                        max_length=12,
                    ),
                ),
                ("last_error", models.CharField(blank=True, default="", max_length=500)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("due", models.DateTimeField(default=shop.clock.now)),
                ("created_at", models.DateTimeField(default=shop.clock.now)),
                ("succeeded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="refunds", to="payments.payment"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["status", "due"], name="payments_refund_due")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gte", 0)), name="payments_refund_not_negative"
                    )
                ],
            },
        ),
    ]
