"""Sessions with an assistant: messages, and responses that arrive in chunks."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from example_project.content.models import User
from querysets import PatternManager
from querysets.fields import XidField


class Session(models.Model):
    """A conversation that a worker holds with a user."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        IDLE = "idle"
        CLOSED = "closed"

    key = models.CharField(max_length=64, unique=True)
    worker_id = models.CharField(max_length=50)
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="sessions")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    started_at = models.DateTimeField(default=timezone.now)
    last_active = models.DateTimeField(default=timezone.now)

    objects = PatternManager(status="status", owner="user")

    def __str__(self) -> str:
        return self.key


class Message(models.Model):
    """What was said in a session."""

    class Role(models.TextChoices):
        USER = "user"
        ASSISTANT = "assistant"
        SYSTEM = "system"
        TOOL = "tool"

    session = models.ForeignKey(Session, models.CASCADE, related_name="messages", db_index=False)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.USER)
    content = models.TextField()
    is_streamed = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    tx = XidField()

    objects = PatternManager(timestamp="created_at", body="content", session="session", xid="tx")

    class Meta:
        indexes = [
            models.Index(fields=["tx", "id"], name="message_settled"),
            models.Index(fields=["session", "-created_at", "-id"], name="message_session_newest"),
            models.Index(fields=["-created_at", "-id"], name="message_newest"),
        ]

    def __str__(self) -> str:
        return self.content


class Response(models.Model):
    """An answer of a model, whole or still arriving."""

    class Status(models.TextChoices):
        OPEN = "open"
        DONE = "done"
        ERROR = "error"

    session = models.ForeignKey(Session, models.CASCADE, related_name="responses")
    model_name = models.CharField(max_length=100)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    is_streamed = models.BooleanField(default=True)
    start_time = models.DateTimeField(default=timezone.now)
    first_token_at = models.DateTimeField(null=True)
    end_time = models.DateTimeField(null=True)
    expected_chunks = models.IntegerField(null=True)

    objects = PatternManager(status="status", session="session")

    def __str__(self) -> str:
        return f"{self.model_name} in {self.session_id}"


class ResponseChunk(models.Model):
    """A piece of a response; ``seq`` counts from 0, and a piece may be lost."""

    response = models.ForeignKey(Response, models.CASCADE, related_name="chunks", db_index=False)
    seq = models.IntegerField()
    text = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    tx = XidField()

    objects = PatternManager(body="text", xid="tx")

    class Meta:
        indexes = [models.Index(fields=["tx", "id"], name="response_chunk_settled")]
        constraints = [models.UniqueConstraint(fields=["response", "seq"], name="response_chunk_once")]

    def __str__(self) -> str:
        return self.text
