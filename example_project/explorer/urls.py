"""The addresses of the explorer."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "explorer"
urlpatterns = [
    path("", views.index, name="index"),
    path("patterns/<int:number>/", views.pattern, name="pattern"),
    path("methods/", views.methods, name="methods"),
    path("methods/<str:name>/", views.method, name="method"),
]
