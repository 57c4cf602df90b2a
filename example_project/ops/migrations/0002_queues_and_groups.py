from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ops", "0001_ops")]

    operations = [
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("status__in", ["queued", "failed", "running"])),
                fields=["queue", "-priority", "eta", "id"],
                name="task_claim_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("status__in", ["queued", "pending", "running", "failed"])),
                fields=["group_key", "id"],
                name="task_in_group",
            ),
        ),
    ]
