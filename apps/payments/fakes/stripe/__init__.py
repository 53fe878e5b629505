"""A stateful fake of Stripe's API: real HTTP, real idempotency, really signed webhooks, no network.

It knows neither Django nor the shop. Start it with `python -m apps.payments.fakes.stripe --port 12111`.
"""
