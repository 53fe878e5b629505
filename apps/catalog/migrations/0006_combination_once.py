"""Every combination once per product."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_combinations")]
    operations = [
        migrations.AddConstraint(
            model_name="variant",
            constraint=models.UniqueConstraint(fields=("product", "combination"), name="catalog_combination_once"),
        ),
    ]
