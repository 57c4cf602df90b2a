"""Work that waits in a table, and how far those have come who read one."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from querysets import PatternManager


class Task(models.Model):
    """Something to be done by a worker, once or until it succeeds.

    ``queued`` may run, ``pending`` waits for something else; ``failed`` is tried again, ``dead`` is not.
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        PENDING = "pending"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        DEAD = "dead"
        CANCELLED = "cancelled"

    queue = models.CharField(max_length=50, default="default")
    name = models.CharField(max_length=100)
    payload = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    priority = models.SmallIntegerField(default=0)  # the higher goes first
    eta = models.DateTimeField(null=True)  # NULL: at once
    attempts = models.IntegerField(default=0)  # raised when it is claimed: a worker that dies has tried, too
    max_attempts = models.IntegerField(default=5)
    retry_count = models.IntegerField(default=0)
    locked_by = models.CharField(max_length=100, null=True)  # noqa: DJ001 (absent is no worker's name)
    locked_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    cancel_requested = models.BooleanField(default=False)
    group_key = models.CharField(max_length=100, null=True)  # noqa: DJ001 (absent: in no group)
    dedup_key = models.CharField(max_length=200, null=True)  # noqa: DJ001 (absent: never the same as another)
    result = models.JSONField(null=True)
    last_error = models.TextField(default="")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    last_updated = models.DateTimeField(default=timezone.now)

    objects = PatternManager(
        state="status",
        run_at="eta",
        lease_until="locked_until",
        lease_token="lease_token",  # noqa: S106 (the name of a column)
        attempts="attempts",
        max_attempts="max_attempts",
        priority="priority",
        queue="queue",
        group="group_key",
        updated="last_updated",
        worker="locked_by",
        cancel_requested="cancel_requested",
        once="dedup_key",
        payload="payload",
        result="result",
        error="last_error",
        errors="payload",
        failures="retry_count",
        started="started_at",
        finished="finished_at",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dedup_key"],
                condition=models.Q(status__in=["queued", "pending", "running", "failed"]),
                name="task_unfinished_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-priority", "eta", "id"],
                condition=models.Q(status__in=["queued", "failed", "running"]),
                name="task_claim_order",
            ),
            models.Index(
                fields=["queue", "-priority", "eta", "id"],
                condition=models.Q(status__in=["queued", "failed", "running"]),
                name="task_claim_queue",
            ),
            models.Index(
                fields=["group_key", "id"],
                condition=models.Q(status__in=["queued", "pending", "running", "failed"]),
                name="task_in_group",
            ),
            models.Index(fields=["locked_until"], condition=models.Q(status="running"), name="task_leases"),
            models.Index(fields=["last_updated"], name="task_updated"),
        ]

    def __str__(self) -> str:
        return self.name


class StreamCursor(models.Model):
    """How far an export has come."""

    name = models.CharField(max_length=100, unique=True)
    position = models.JSONField()
    updated_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name
