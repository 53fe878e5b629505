"""One price list, one tax class, one stock location: what every product and stock row refers to."""

from __future__ import annotations

from django.db import migrations

BASICS = (
    ("PriceList", "default", "Everybody"),
    ("TaxClass", "standard", "Standard rate"),
    ("StockLocation", "main", "Main warehouse"),
)


def make(apps, schema_editor):
    """Insert what is missing."""
    alias = schema_editor.connection.alias
    for model, code, name in BASICS:
        rows = apps.get_model("catalog", model).objects.using(alias)
        if not rows.filter(pk=code).exists():
            rows.create(pk=code, name=name)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
