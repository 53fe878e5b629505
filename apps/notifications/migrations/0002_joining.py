"""Messages that hold a link until they are sent, and the kinds of mails of accounts."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="expires_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="secret",
            field=models.CharField(blank=True, default="", max_length=1000),
        ),
        migrations.AlterField(
            model_name="message",
            name="kind",
            field=models.CharField(
                choices=[
                    ("order_confirmed", "order_confirmed"),
                    ("order_cancelled", "order_cancelled"),
                    ("order_refunded", "order_refunded"),
                    ("address_verification", "address_verification"),
                    ("address_known", "address_known"),
                    ("password_reset", "password_reset"),
                    ("password_changed", "password_changed"),
                    ("email_change_asked", "email_change_asked"),
                    ("email_change_confirmation", "email_change_confirmation"),
                    ("email_changed", "email_changed"),
                    ("session_reused", "session_reused"),
                    ("staff_invited", "staff_invited"),
                    ("deletion_asked", "deletion_asked"),
                ],
                max_length=40,
            ),
        ),
    ]
