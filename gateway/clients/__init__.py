"""Enrolled clients of a bac: OIDC clients, software numbers, API keys (architecture §11.9)."""
