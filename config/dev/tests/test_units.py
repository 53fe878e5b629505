"""A shop taken apart: which units there are, what each knows, and that a unit holds nothing of the others."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from config.contexts import CONTEXTS
from config.dev import units
from config.dev.processes import CHECKOUT, PYTHON
from config.dev.units import NoGateway, Unit, UnknownShape, environment_of, gateway, partition_of

LOADED = """
import json, sys, django
django.setup()
import config.urls, config.celery
from shop import registry
registry.check()
print(json.dumps(sorted(name for name in sys.modules if name.startswith("apps."))))
"""


def test_shapes_are_partitions():
    assert partition_of("") is partition_of("mono") is partition_of("strict") is None
    assert partition_of("split") == tuple((context,) for context in CONTEXTS)
    pair = partition_of("accounts+catalog+cart/orders+payments+notifications")
    assert pair == (("accounts", "catalog", "cart"), ("orders", "payments", "notifications"))


def test_a_random_pair_is_the_same_for_the_same_seed_and_holds_every_context_once():
    for seed in range(20):
        one = partition_of(f"duo-{seed}") or ()
        assert one == partition_of(f"duo-{seed}")
        assert sorted(context for group in one for context in group) == sorted(CONTEXTS)
        assert all(one)
    assert len({partition_of(f"duo-{seed}") for seed in range(20)}) > 5


@pytest.mark.parametrize("shape", ["trio", "accounts/cart", "accounts+accounts/catalog+cart+orders+payments", "orders"])
def test_a_shape_that_is_none_is_refused_in_one_sentence(shape):
    with pytest.raises(UnknownShape, match=r"^SHAPE: .* is none of mono, strict, split, duo"):
        partition_of(shape)


def test_a_unit_knows_where_the_others_are_and_has_a_key_of_its_own():
    one, other = Unit(("accounts", "cart"), 8001), Unit(("catalog", "orders", "payments", "notifications"), 8002)
    knows = environment_of(one, [one, other], secret="s")
    assert (knows["SHOP_CONTEXTS"], knows["SHOP_UNIT"]) == ("accounts,cart", "accounts-cart")
    assert knows["SHOP_ORDERS_URL"] == "http://127.0.0.1:8002"
    assert "SHOP_CART_URL" not in knows
    keys = dict(entry.split("=") for entry in knows["SHOP_CALL_KEYS"].split())
    assert len({*keys.values()}) == len(keys) == 2
    assert environment_of(one, [one, other], secret="t")["SHOP_CALL_KEYS"] != knows["SHOP_CALL_KEYS"]


def test_without_nginx_one_sentence_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(units.shutil, "which", lambda *_, **__: None)
    with pytest.raises(NoGateway, match=r"needs nginx before it, as by `apt-get install nginx`\.$"):
        gateway([], 8007, 8000, tmp_path)


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_unit_has_loaded_nothing_of_another_context_but_its_two_doors(context, tmp_path):
    here = [Unit((one,), 8001 + position) for position, one in enumerate(CONTEXTS)]
    unit = next(one for one in here if one.contexts == (context,))
    env = {**environment_of(unit, here, secret="s"), "SHOP_DATA_DIR": str(tmp_path), "SHOP_ENV_FILE": ""}
    base = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    told = subprocess.run(
        [PYTHON, "-c", LOADED],
        cwd=CHECKOUT,
        env={**base, **env, "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-2000:]
    others = [name for name in json.loads(told.stdout) if name.split(".")[1] != context and name.count(".") > 1]
    assert [name for name in others if name.split(".")[2] not in {"api", "contracts"}] == []
    assert f"apps.{context}.models" in json.loads(told.stdout)
