"""The addresses of the explorer."""

from __future__ import annotations

from django.urls import path

from . import live, views

app_name = "explorer"
urlpatterns = [
    path("", views.index, name="index"),
    path("patterns/<int:number>/", views.pattern, name="pattern"),
    path("methods/", views.methods, name="methods"),
    path("methods/<str:name>/", views.method, name="method"),
    path("live/", live.live, name="live"),
    path("live/ask/", live.ask, name="ask"),
    path("live/messages/", live.messages, name="messages"),
    path("live/tokens/", live.tokens, name="tokens"),
]
