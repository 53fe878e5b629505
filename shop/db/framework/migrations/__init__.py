"""One tree of migrations for Django's own apps; ``settings.MIGRATION_MODULES`` points each app at its package here."""
