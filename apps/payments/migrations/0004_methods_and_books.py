"""Payment by bank transfer, disputes, finance's own deeds, and how far the books were checked."""

from __future__ import annotations

from django.db import migrations, models

import shop.clock


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0003_capture"),
    ]

    operations = [
        migrations.CreateModel(
            name="BooksCheckpoint",
            fields=[
                ("id", models.UUIDField(db_column="_id", editable=False, primary_key=True, serialize=False)),
                ("until", models.DateTimeField()),
                ("totals", models.JSONField(default=dict)),
                ("entries", models.BigIntegerField(default=0)),
                ("at", models.DateTimeField(default=shop.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name="Dispute",
            fields=[
                ("id", models.CharField(db_column="_id", max_length=255, primary_key=True, serialize=False)),
                ("order_id", models.UUIDField(db_index=True)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("reason", models.CharField(blank=True, default="", max_length=64)),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "open"), ("won", "won"), ("lost", "lost")], default="open", max_length=8
                    ),
                ),
                ("provider_status", models.CharField(blank=True, default="", max_length=40)),
                ("withdrawn_minor", models.BigIntegerField(default=0)),
                ("fee_minor", models.BigIntegerField(default=0)),
                ("evidence_due", models.DateTimeField(blank=True, null=True)),
                ("opened_at", models.DateTimeField(default=shop.clock.now)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("revision", models.PositiveIntegerField(default=1)),
            ],
        ),
        migrations.CreateModel(
            name="FinanceOperation",
            fields=[
                ("id", models.UUIDField(db_column="_id", editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("bank_receipt", "bank_receipt"),
                            ("refund_sent", "refund_sent"),
                            ("event_replayed", "event_replayed"),
                        ],
                        max_length=20,
                    ),
                ),
                ("order_id", models.UUIDField(blank=True, null=True)),
                ("refund_id", models.UUIDField(blank=True, null=True)),
                ("amount_minor", models.BigIntegerField(default=0)),
                ("currency", models.CharField(blank=True, default="", max_length=3)),
                ("happened_on", models.DateField(blank=True, null=True)),
                ("reference", models.CharField(blank=True, default="", max_length=140)),
                ("note", models.CharField(blank=True, default="", max_length=500)),
                ("actor", models.CharField(max_length=80)),
                ("at", models.DateTimeField(default=shop.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name="ReconciliationRun",
            fields=[
                ("id", models.UUIDField(db_column="_id", editable=False, primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("asked", "asked"), ("running", "running"), ("done", "done"), ("failed", "failed")],
                        default="asked",
                        max_length=8,
                    ),
                ),
                ("asked_by", models.CharField(max_length=80)),
                ("asked_at", models.DateTimeField(default=shop.clock.now)),
                ("due", models.DateTimeField(default=shop.clock.now)),
                ("since", models.DateTimeField(blank=True, null=True)),
                ("until", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("found", models.PositiveIntegerField(default=0)),
                ("news", models.PositiveIntegerField(default=0)),
                ("differences", models.JSONField(blank=True, default=list)),
                ("error", models.CharField(blank=True, default="", max_length=500)),
            ],
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="written_at",
            field=models.DateTimeField(default=shop.clock.now),
        ),
        migrations.AddField(
            model_name="payment",
            name="amount_disputed_minor",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="payment",
            name="method",
            field=models.CharField(
                choices=[("card", "card"), ("bank_transfer", "bank_transfer")], default="card", max_length=16
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="method",
            field=models.CharField(
                choices=[("card", "card"), ("bank_transfer", "bank_transfer")], default="card", max_length=16
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="account",
            field=models.CharField(
                choices=[
                    ("provider", "provider"),
                    ("elsewhere", "elsewhere"),
                    ("bank", "bank"),
                    ("disputed", "disputed"),
                    ("lost", "lost"),
                    ("fees", "fees"),
                    ("orders", "orders"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("received", "received"),
                    ("refunded", "refunded"),
                    ("returned", "returned"),
                    ("disputed", "disputed"),
                    ("reinstated", "reinstated"),
                    ("lost", "lost"),
                    ("fee", "fee"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="providerevent",
            name="intent_reference",
            field=models.CharField(blank=True, db_index=True, default="", max_length=255),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(fields=["written_at"], name="payments_ledger_written"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["-created_at", "-order_id"], name="payments_newest"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["status", "-created_at", "-order_id"], name="payments_of_status"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["method", "-created_at", "-order_id"], name="payments_of_method"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["method", "status", "-created_at", "-order_id"], name="payments_of_both"),
        ),
        migrations.AddIndex(
            model_name="providerevent",
            index=models.Index(fields=["-received_at", "-id"], name="payments_event_newest"),
        ),
        migrations.AddIndex(
            model_name="providerevent",
            index=models.Index(fields=["status", "-received_at", "-id"], name="payments_event_of_status"),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(fields=["-created_at", "-refund_id"], name="payments_refund_newest"),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(fields=["status", "-created_at", "-refund_id"], name="payments_refund_of_status"),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(fields=["method", "-created_at", "-refund_id"], name="payments_refund_of_method"),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(
                fields=["method", "status", "-created_at", "-refund_id"], name="payments_refund_of_both"
            ),
        ),
        migrations.AddIndex(
            model_name="bookscheckpoint",
            index=models.Index(fields=["-until", "-id"], name="payments_books_until"),
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(fields=["-opened_at", "-id"], name="payments_dispute_newest"),
        ),
        migrations.AddIndex(
            model_name="financeoperation",
            index=models.Index(fields=["order_id", "at"], name="payments_operation_of_order"),
        ),
        migrations.AddIndex(
            model_name="financeoperation",
            index=models.Index(fields=["-at", "-id"], name="payments_operation_newest"),
        ),
        migrations.AddConstraint(
            model_name="financeoperation",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gte", 0)), name="payments_operation_not_negative"
            ),
        ),
        migrations.AddIndex(
            model_name="reconciliationrun",
            index=models.Index(fields=["state", "due"], name="payments_run_due"),
        ),
        migrations.AddIndex(
            model_name="reconciliationrun",
            index=models.Index(fields=["-asked_at", "-id"], name="payments_run_newest"),
        ),
    ]
