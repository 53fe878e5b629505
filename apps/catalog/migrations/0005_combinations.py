"""The combination of every variant that was made before there was such a column."""

from __future__ import annotations

from django.db import migrations

from apps.catalog.rules import combination


def fill(apps, schema_editor):
    """Also for a product that has a combination twice: the later ones keep their SKU in its place."""
    variants = apps.get_model("catalog", "Variant").objects.using(schema_editor.connection.alias)
    taken = set()
    for pk, product, sku, options in variants.order_by("pk").values_list("pk", "product_id", "sku", "options"):
        found = combination(options)
        if (product, found) in taken:
            found = combination({"sku": sku})
        taken.add((product, found))
        variants.filter(pk=pk).update(combination=found)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_shelves")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
