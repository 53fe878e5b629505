"""Which customer owns an order."""

from django.db import migrations, models

import shop.clock


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0002_hold_seconds"),
    ]

    operations = [
        migrations.CreateModel(
            name="Owner",
            fields=[
                ("user_id", models.UUIDField(db_column="_id", primary_key=True, serialize=False)),
                ("email", models.EmailField(blank=True, db_index=True, max_length=254)),
                (
                    "task",
                    models.CharField(
                        choices=[("none", "None"), ("claim", "Claim"), ("let_go", "Let Go")],
                        default="claim",
                        max_length=10,
                    ),
                ),
                ("since", models.DateTimeField(default=shop.clock.now)),
                ("due", models.DateTimeField(blank=True, db_index=True, default=shop.clock.now, null=True)),
            ],
        ),
        migrations.AlterField(
            model_name="order",
            name="customer_id",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="order",
            name="email",
            field=models.EmailField(max_length=254),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["customer_id", "-created_at", "-id"], name="order_of_customer"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["email", "customer_id"], name="order_of_email"),
        ),
    ]
