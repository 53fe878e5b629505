"""Everything HTTP that the contexts share: views, errors, idempotency, pages, tags, health. No context is known here."""
