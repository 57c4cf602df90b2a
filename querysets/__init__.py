"""Composable QuerySet patterns for Django and PostgreSQL."""
