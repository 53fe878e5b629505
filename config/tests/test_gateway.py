"""The gateway sends every path to the context that answers it, and lets nobody reach what is internal."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec

import pytest
from django.core.management import CommandError, call_command

from config import gateway
from config.contexts import CONTEXTS
from config.dev.ports import free_ports
from config.env import CHECKOUT
from config.gateway import locations
from config.gateway_file import Gateway, monolith, render, services
from shop.registry import package_of

SAMPLES = {"<str:number>": "ABC-123", "<str:sku>": "SKU-1", "<slug:slug>": "a-thing", "<slug:code>": "main"}


def chosen(path):
    """The context that nginx would choose: exact paths, then the longest kept prefix, then regular expressions."""
    exact, prefixes, patterns = {}, {}, []
    for one in locations():
        for directive in one.directives:
            kind, _, text = directive.partition(" ")
            if kind == "=":
                exact[text] = one.context
            elif kind == "^~":
                prefixes[text] = one.context
            else:
                patterns.append((re.compile(text), one.context))
    if path in exact:
        return exact[path]
    if fitting := [prefix for prefix in prefixes if path.startswith(prefix)]:
        return prefixes[max(fitting, key=len)]
    return next((context for pattern, context in patterns if pattern.search(path)), None)


def paths():
    """An address of every route below /api/v1, and whose it is."""
    for context in CONTEXTS:
        module = f"{package_of(context)}.http.urls"
        for route in import_module(module).urlpatterns if find_spec(module.rpartition(".")[0]) else ():
            text = re.sub(r"<uuid:\w+>", "01890a5d-ac96-774b-bcce-b302099a8057", str(route.pattern))
            yield "/api/v1/" + re.sub(r"<[a-z]+:\w+>", lambda found: SAMPLES.get(found[0], "x1"), text), context


def test_every_path_goes_to_the_context_that_answers_it():
    assert len(dict(paths())) > 60
    assert [(path, context) for path, context in paths() if chosen(path) != context] == []


def test_two_contexts_cannot_answer_one_path(monkeypatch):
    monkeypatch.setattr(gateway, "_paths", lambda context: iter([("api", "v1", "things")]))
    with pytest.raises(gateway.TwoOwners, match="/api/v1/things is answered by accounts and by catalog"):
        locations()


def test_the_files_are_those_of_the_code():
    call_command("gateway", "--check")


def test_internal_calls_and_metrics_are_closed():
    for one in (monolith(), services()):
        text = render(one, locations())
        assert "location ~* ^/(?:internal|metrics) { return 404; }" in text


def test_only_what_anybody_may_read_is_kept():
    text = render(services(), locations())
    kept = re.findall(r"location (\S+ \S+) \{[^}]*\}[^}]*proxy_cache public_reads", text)
    names = ("brands", "categories", "product-types", "products", "tags")
    assert kept == [f"{kind} /api/v1/{name}{end}" for name in names for kind, end in (("=", ""), ("^~", "/"))]


def test_the_file_of_any_units_is_printed(capsys):
    words = ["--unit=shop=a:1,b:1", "--unit=pay=c:1", "--unit=office=d:1", "--home=payments=pay", "--shared=office"]
    call_command("gateway", *words, "--listen=81", "--folder=/srv/nginx", "--fixed")
    homes = {context: "pay" if context == "payments" else "shop" for context in CONTEXTS}
    units = {"shop": ["a:1", "b:1"], "pay": ["c:1"], "office": ["d:1"]}
    asked = Gateway(units, homes, shared="office", listen="81", folder="/srv/nginx", resolve=False)
    assert capsys.readouterr().out == render(asked, locations())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--unit=shop"], "--unit: 'shop' is not like NAME=VALUE"),
        (["--unit=shop=a:1", "--home=money=shop"], "money is no context"),
        (["--unit=shop=a:1", "--home=payments=pay"], "There is no --unit pay"),
        (["--unit=shop=a:1", "--shared=office"], "There is no --unit office"),
    ],
)
def test_units_that_do_not_fit_are_refused(words, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("gateway", *words)


def test_units_call_each_other_through_an_inner_door_that_knows_nothing_else():
    gateway = replace(services(), inner="127.0.0.1:8105")
    door = render(gateway, locations()).partition("listen 127.0.0.1:8105;")[2]
    assert re.findall(r"location (\S+ /\S+) .*http://(\w+); }", door) == [
        *((f"^~ /internal/{context}.v", context) for context in CONTEXTS),
        ("= /.well-known/jwks.json", "accounts"),
    ]
    assert "location / { return 404; }" in door
    assert "8105" not in render(services(), locations())


@pytest.mark.parametrize("inner", ["", "127.0.0.1:1"])
@pytest.mark.parametrize("shape", [monolith, services])
def test_nginx_finds_nothing_wrong(shape, inner, tmp_path):
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed: nothing here can read its language")
    asked = shape()
    units = {name: ["127.0.0.1:1"] for name in asked.units}  # names are known in the network of the containers only
    one = replace(
        asked, units=units, inner=inner, resolve=False, listen=f"127.0.0.1:{free_ports(1)[0]}", folder=str(tmp_path)
    )
    file = tmp_path / "nginx.conf"
    file.write_text(render(one, locations()))
    told = subprocess.run([nginx, "-t", "-c", str(file)], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr


@pytest.mark.parametrize("name", ["nginx.conf", "nginx.services.conf"])
def test_gixy_finds_nothing_wrong(name):
    file = CHECKOUT / "docker" / "gateway" / name
    told = subprocess.run([sys.executable, "-m", "gixy", str(file)], capture_output=True, text=True, check=False)
    assert (told.returncode, "No issues found." in told.stdout) == (0, True), told.stdout + told.stderr
