"""Django's own apps (admin, auth, contenttypes, sessions) with keys and migrations that fit all three engines."""
