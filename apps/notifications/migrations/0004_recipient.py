"""Messages are found by whom they went to."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0003_stock_alerts"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["recipient"], name="notifications_message_to"),
        ),
    ]
