"""argon2id as in production, at a cost that tests can pay."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class CheapArgon2Hasher(Argon2PasswordHasher):
    """One pass over 8 MiB."""

    time_cost = 1
    memory_cost = 8 * 1024
    parallelism = 1
