"""How Celery is used: as a doorbell only. Tasks carry no facts, so a lost or doubled message costs nothing but time."""

from __future__ import annotations

import sys
from typing import Any

from kombu import Queue

from config.env import Environment

NEVER = sys.maxsize
"""After so many tasks Celery closes all connections of databases; its default is after each."""


def options(env: Environment) -> dict[str, Any]:
    """Celery's settings for this process: one queue per context that runs here."""
    return {
        "broker_url": env.broker_url,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_channel_error_retry": True,  # a broker that answers -ERR, -LOADING or -NOPERM is tried again, too
        "broker_pool_limit": 10,
        "broker_connection_timeout": 1.0,
        "broker_transport_options": {
            "socket_connect_timeout": 0.1,  # a publisher waits no longer than this for a broker that is gone
            "socket_timeout": 5.0,  # above kombu's polling interval, so that an idle worker sees no timeouts
            "visibility_timeout": max(60, int(env.lease_seconds * 4)),
            "polling_interval": 1,
            "global_keyprefix": f"{env.unit}:",
        },
        "db_reuse_max": NEVER,  # config.celery lets go of connections that failed
        "result_backend": None,
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": False,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_publish_retry": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_default_queue": env.contexts[0],
        "task_queues": [Queue(context) for context in env.contexts],
        "task_routes": ("config.celery.route",),
        "task_create_missing_queues": True,
        "worker_prefetch_multiplier": 1,
        "worker_hijack_root_logger": False,
        "worker_send_task_events": False,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_proc_alive_timeout": 30,
        "worker_enable_remote_control": False,
        "worker_consumer": "config.worker.Consumer",
        "beat_scheduler": "config.celery.Beat",
        "timezone": "UTC",
        "enable_utc": True,
    }
