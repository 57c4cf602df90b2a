"""What the database knows about the world in it."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Loaded",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scale", models.CharField(max_length=20)),
                ("now", models.DateTimeField()),
                ("posts", models.IntegerField()),
                ("python", models.CharField(max_length=10)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
    ]
