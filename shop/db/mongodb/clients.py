"""One MongoClient per server and process, shared by all aliases and threads, opened on first use only."""

from __future__ import annotations

import os
import re
import threading
from typing import Any

from pymongo import MongoClient

DEFAULTS: dict[str, Any] = {
    "serverSelectionTimeoutMS": 5_000,  # long enough for an election, short enough for a person
    "connectTimeoutMS": 3_000,
    "socketTimeoutMS": 30_000,
    "w": "majority",
    "readConcernLevel": "majority",
    "retryWrites": True,
    "retryReads": True,
}
URI = re.compile(r"(?P<servers>mongodb(?:\+srv)?://[^/?]*)(?:/(?P<name>[^?]*))?(?:\?(?P<options>.*))?")

_lock = threading.Lock()
_clients: dict[str, MongoClient[dict[str, Any]]] = {}
_transactional: dict[int, bool] = {}


def client_for(parameters: dict[str, Any]) -> MongoClient[dict[str, Any]]:
    """The process's client of these servers; asking twice gives the same one, whatever database the URIs name."""
    identity = _identity(parameters)
    with _lock:
        if identity not in _clients:
            _clients[identity] = MongoClient(**_with_defaults(parameters))
        return _clients[identity]


def forget(client: MongoClient[dict[str, Any]]) -> None:
    """Close a client and let the next use open a new one."""
    with _lock:
        for identity, known in list(_clients.items()):
            if known is client:
                del _clients[identity]
        _transactional.pop(id(client), None)
    client.close()


def has_transactions(client: MongoClient[dict[str, Any]]) -> bool:
    """Is the server part of a replica set or a sharded cluster? Asked once per client."""
    answer = _transactional.get(id(client))
    if answer is None:
        hello = client.admin.command("hello")
        answer = _transactional[id(client)] = "setName" in hello or hello.get("msg") == "isdbgrid"
    return answer


def _identity(parameters: dict[str, Any]) -> str:
    """Everything that matters for a connection; not the database name, unless it says where the user lives."""
    host = str(parameters.get("host"))
    if found := URI.fullmatch(host):
        options = found["options"] or ""
        home = found["name"] if "@" in found["servers"] and "authsource" not in options.lower() else ""
        host = f"{found['servers']}/{home}?{options}"
    return repr((host, sorted((key, repr(value)) for key, value in parameters.items() if key != "host")))


def _with_defaults(parameters: dict[str, Any]) -> dict[str, Any]:
    """Options of the settings or of the URI win over ours."""
    found = URI.fullmatch(str(parameters.get("host")))
    words = (found["options"] or "").split("&") if found else []
    given = {word.partition("=")[0].lower() for word in words} | {key.lower() for key in parameters}
    return {key: value for key, value in DEFAULTS.items() if key.lower() not in given} | parameters


def _forget_all() -> None:
    """In a forked child: the parent's sockets and monitor threads are not ours."""
    global _lock
    _lock = threading.Lock()
    _clients.clear()
    _transactional.clear()


os.register_at_fork(after_in_child=_forget_all)
