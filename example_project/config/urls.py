"""The example project serves one thing: the explorer of its patterns."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("example_project.explorer.urls"))]
