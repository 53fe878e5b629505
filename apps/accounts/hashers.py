"""Passwords are stored as argon2id with the parameters that OWASP recommends."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2idHasher(Argon2PasswordHasher):
    """Django's own argon2id hasher with 19 MiB, two passes, one lane.

    Stored hashes name their parameters, so raising them later re-hashes each password at its
    owner's next login.
    """

    time_cost = 2
    memory_cost = 19456
    parallelism = 1
