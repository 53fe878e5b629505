from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="hold_seconds",
            field=models.PositiveIntegerField(default=7200),
        ),
    ]
