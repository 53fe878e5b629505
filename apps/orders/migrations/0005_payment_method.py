"""How each order is paid."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0004_parcels"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="payment_method",
            field=models.CharField(
                choices=[("card", "card"), ("bank_transfer", "bank transfer")], default="card", max_length=16
            ),
        ),
    ]
