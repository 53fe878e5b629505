"""Who is verified; tokens of links in mails; what strangers asked for."""

from __future__ import annotations

from django.db import migrations, models

import shop.clock
import shop.db.fields


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="language",
            field=models.CharField(default="en", max_length=12),
        ),
        migrations.AddField(
            model_name="user",
            name="verified_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.CreateModel(
            name="AccountRequest",
            fields=[
                ("id", shop.db.fields.UUID7Field(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=16)),
                ("email", models.EmailField(max_length=254)),
                ("name", models.CharField(blank=True, default="", max_length=200)),
                ("language", models.CharField(default="en", max_length=12)),
                ("password", models.CharField(blank=True, default="", max_length=128)),
                ("user_id", models.UUIDField(blank=True, null=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("due", models.DateTimeField(default=shop.clock.now)),
                ("created_at", models.DateTimeField(default=shop.clock.now)),
            ],
            options={
                "indexes": [models.Index(fields=["due", "id"], name="accounts_request_due")],
            },
        ),
        migrations.CreateModel(
            name="OneTimeToken",
            fields=[
                ("id", models.UUIDField(db_column="_id", editable=False, primary_key=True, serialize=False)),
                ("user_id", models.UUIDField(db_index=True)),
                ("purpose", models.CharField(max_length=32)),
                ("email", models.EmailField(max_length=254)),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField()),
                ("created_at", models.DateTimeField(default=shop.clock.now)),
            ],
            options={
                "indexes": [models.Index(fields=["expires_at"], name="accounts_token_expiry")],
            },
        ),
    ]
