"""The tables of the ops domain: sessions, streamed responses, tasks."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import querysets.fields
from querysets.operations import NotifyInserts


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("content", "0001_content"),
    ]

    operations = [
        migrations.CreateModel(
            name="StreamCursor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True)),
                ("position", models.JSONField()),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=64, unique=True)),
                ("worker_id", models.CharField(max_length=50)),
                (
                    "status",
                    models.CharField(
                        choices=[("active", "Active"), ("idle", "Idle"), ("closed", "Closed")],
                        default="active",
                        max_length=10,
                    ),
                ),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_active", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="sessions",
                        to="content.user",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Response",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("model_name", models.CharField(max_length=100)),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "Open"), ("done", "Done"), ("error", "Error")], default="open", max_length=10
                    ),
                ),
                ("is_streamed", models.BooleanField(default=True)),
                ("start_time", models.DateTimeField(default=django.utils.timezone.now)),
                ("first_token_at", models.DateTimeField(null=True)),
                ("end_time", models.DateTimeField(null=True)),
                ("expected_chunks", models.IntegerField(null=True)),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="responses", to="ops.session"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("queue", models.CharField(default="default", max_length=50)),
                ("name", models.CharField(max_length=100)),
                ("payload", models.JSONField(default=dict)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("pending", "Pending"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("dead", "Dead"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("priority", models.SmallIntegerField(default=0)),
                ("eta", models.DateTimeField(null=True)),
                ("attempts", models.IntegerField(default=0)),
                ("max_attempts", models.IntegerField(default=5)),
                ("retry_count", models.IntegerField(default=0)),
                ("locked_by", models.CharField(max_length=100, null=True)),
                ("locked_until", models.DateTimeField(null=True)),
                ("lease_token", models.UUIDField(null=True)),
                ("cancel_requested", models.BooleanField(default=False)),
                ("group_key", models.CharField(max_length=100, null=True)),
                ("dedup_key", models.CharField(max_length=200, null=True)),
                ("result", models.JSONField(null=True)),
                ("last_error", models.TextField(default="")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("last_updated", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("status__in", ["queued", "failed", "running"])),
                        fields=["-priority", "eta", "id"],
                        name="task_claim_order",
                    ),
                    models.Index(
                        condition=models.Q(("status", "running")), fields=["locked_until"], name="task_leases"
                    ),
                    models.Index(fields=["last_updated"], name="task_updated"),
                    models.Index(
                        condition=models.Q(("status__in", ["queued", "failed", "running"])),
                        fields=["queue", "-priority", "eta", "id"],
                        name="task_claim_queue",
                    ),
                    models.Index(
                        condition=models.Q(("status__in", ["queued", "pending", "running", "failed"])),
                        fields=["group_key", "id"],
                        name="task_in_group",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ["queued", "pending", "running", "failed"])),
                        fields=("dedup_key",),
                        name="task_unfinished_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ResponseChunk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.IntegerField()),
                ("text", models.TextField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("tx", querysets.fields.XidField()),
                (
                    "response",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chunks",
                        to="ops.response",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["tx", "id"], name="response_chunk_settled")],
                "constraints": [models.UniqueConstraint(fields=("response", "seq"), name="response_chunk_once")],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[("user", "User"), ("assistant", "Assistant"), ("system", "System"), ("tool", "Tool")],
                        default="user",
                        max_length=10,
                    ),
                ),
                ("content", models.TextField()),
                ("is_streamed", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("tx", querysets.fields.XidField()),
                (
                    "session",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="ops.session",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tx", "id"], name="message_settled"),
                    models.Index(fields=["session", "-created_at", "-id"], name="message_session_newest"),
                    models.Index(fields=["-created_at", "-id"], name="message_newest"),
                ],
            },
        ),
        NotifyInserts("Message", "messages"),
        NotifyInserts("ResponseChunk", "chunks"),
    ]
