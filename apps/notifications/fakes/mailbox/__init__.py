"""A mailbox that takes every mail and shows it: an SMTP sink with a page and a small JSON API.

Start it with `python -m apps.notifications.fakes.mailbox --smtp-port 1025 --http-port 8025`.
"""
