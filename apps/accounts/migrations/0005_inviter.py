"""Who invited, by the name they had then."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_sessions"),
    ]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="inviter",
            field=models.CharField(default="", max_length=254),
        ),
    ]
