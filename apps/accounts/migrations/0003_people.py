"""Profiles, the address book, roles, invitations and the request to be erased."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import shop.clock
import shop.db.fields


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_joining"),
        ("auth", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Address",
            fields=[
                ("id", shop.db.fields.UUID7Field(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                ("company", models.CharField(blank=True, default="", max_length=120)),
                ("line1", models.CharField(max_length=200)),
                ("line2", models.CharField(blank=True, default="", max_length=200)),
                ("district", models.CharField(blank=True, default="", max_length=120)),
                ("postal_code", models.CharField(blank=True, default="", max_length=20)),
                ("city", models.CharField(blank=True, default="", max_length=120)),
                ("region", models.CharField(blank=True, default="", max_length=120)),
                ("country", models.CharField(max_length=2)),
                ("phone", models.CharField(blank=True, default="", max_length=32)),
                ("version", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=shop.clock.now, editable=False)),
                ("updated_at", models.DateTimeField(default=shop.clock.now, editable=False)),
            ],
            options={
                "verbose_name_plural": "addresses",
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", shop.db.fields.UUID7Field(primary_key=True, serialize=False)),
                ("email", models.EmailField(max_length=254)),
                ("roles", models.JSONField(default=list)),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("accepted", "Accepted"), ("revoked", "Revoked")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("invited_by", models.UUIDField()),
                ("accepted_by", models.UUIDField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=shop.clock.now, editable=False)),
                ("expires_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="RoleGrant",
            fields=[
                ("id", shop.db.fields.UUID7Field(primary_key=True, serialize=False)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("merchandiser", "merchandiser"),
                            ("fulfilment", "fulfilment"),
                            ("support", "support"),
                            ("finance", "finance"),
                            ("admin", "admin"),
                        ],
                        max_length=20,
                    ),
                ),
                ("granted_by", models.CharField(max_length=80)),
                ("granted_at", models.DateTimeField(default=shop.clock.now, editable=False)),
            ],
        ),
        migrations.AddField(
            model_name="user",
            name="address_count",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="user",
            name="default_billing_id",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="default_shipping_id",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="erase_at",
            field=models.DateTimeField(blank=True, db_index=True, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="marketing_opt_in",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="user",
            name="phone",
            field=models.CharField(blank=True, default="", max_length=32),
        ),
        migrations.AddField(
            model_name="user",
            name="version",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["is_staff", "email"], name="user_kind_email"),
        ),
        migrations.AddField(
            model_name="address",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="addresses",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="invitation",
            index=models.Index(fields=["email", "state"], name="invitation_of_email"),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("accepted_by__isnull", False), ("state", "accepted")),
                    models.Q(("accepted_by__isnull", True), ("state__in", ["open", "revoked"])),
                    _connector="OR",
                ),
                name="invitation_accepted_by_somebody",
            ),
        ),
        migrations.AddField(
            model_name="rolegrant",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="grants",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="address",
            index=models.Index(fields=["user", "id"], name="address_of_user"),
        ),
        migrations.AddConstraint(
            model_name="rolegrant",
            constraint=models.UniqueConstraint(fields=("user", "role"), name="role_once_per_user"),
        ),
        migrations.AddConstraint(
            model_name="rolegrant",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["merchandiser", "fulfilment", "support", "finance", "admin"])),
                name="role_known",
            ),
        ),
    ]
