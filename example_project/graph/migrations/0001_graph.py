"""The tables of the graph domain."""

import django.db.models.deletion
import django.utils.timezone
import pgvector.django.indexes
import pgvector.django.vector
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("content", "0001_content"),
    ]

    operations = [
        migrations.CreateModel(
            name="Node",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                ("connections", models.ManyToManyField(to="graph.node")),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="children",
                        to="graph.node",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MemoryLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content", models.TextField(default="")),
                ("embedding", pgvector.django.vector.VectorField(dimensions=384)),
                ("strength", models.FloatField()),
                ("frequency", models.IntegerField(default=1)),
                ("importance", models.SmallIntegerField(default=5)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_recalled_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memory_links", to="content.user"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["strength"], name="memory_strength"),
                    models.Index(fields=["-created_at", "-id"], name="memory_newest"),
                    pgvector.django.indexes.HnswIndex(
                        fields=["embedding"], name="memory_embedding_cosine", opclasses=["vector_cosine_ops"]
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("strength__range", (0, 1))), name="memory_strength_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("frequency__gte", 0)), name="memory_frequency_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("importance__range", (1, 10))), name="memory_importance_range"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Relationship",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("follows", "Follows"), ("mentors", "Mentors"), ("depends_on", "Depends On")],
                        max_length=30,
                    ),
                ),
                ("weight", models.FloatField(null=True)),
                ("valid_from", models.DateTimeField(null=True)),
                ("valid_to", models.DateTimeField(null=True)),
                ("recorded_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("retracted_at", models.DateTimeField(null=True)),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="relationships",
                        to="content.user",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="inbound",
                        to="content.user",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["source", "kind"], name="relationship_source_kind"),
                    models.Index(fields=["target", "kind"], name="relationship_target_kind"),
                    models.Index(fields=["source", "valid_from"], name="relationship_source_from"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("weight__gte", 0)), name="relationship_weight_not_negative"
                    )
                ],
            },
        ),
        # Django's own index begins with the other end: steps against the direction of a connection read this one.
        migrations.RunSQL(
            "CREATE INDEX graph_node_connections_reverse ON graph_node_connections (to_node_id, from_node_id)",
            "DROP INDEX graph_node_connections_reverse",
        ),
    ]
