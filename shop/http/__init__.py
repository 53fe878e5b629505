"""HTTP that the contexts share: views, errors, idempotency, pages, validators, health. No context is known here."""
