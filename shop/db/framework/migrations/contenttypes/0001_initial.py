"""The tables of ``django.contrib.contenttypes`` as Django 5.2 has them, made in one step."""
# ruff: noqa: N999  # Django names migrations so

import django.contrib.contenttypes.models
from django.db import migrations, models

import shop.db.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ContentType",
            fields=[
                (
                    "id",
                    shop.db.fields.UUID7Field(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("app_label", models.CharField(max_length=100)),
                ("model", models.CharField(max_length=100, verbose_name="python model class name")),
            ],
            options={
                "verbose_name": "content type",
                "verbose_name_plural": "content types",
                "db_table": "django_content_type",
                "unique_together": {("app_label", "model")},
            },
            managers=[
                ("objects", django.contrib.contenttypes.models.ContentTypeManager()),
            ],
        ),
    ]
