"""docs/first-purchase.md tells the truth: its commands are run as they stand, and print what stands under them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from config.dev.ports import HOST
from config.dev.processes import CHECKOUT
from tests.harness.pages import END, Block, blocks
from tests.start.supervisor import Up

PAGE, OPENAPI = CHECKOUT / "docs" / "first-purchase.md", CHECKOUT / "docs" / "openapi.yaml"
SECONDS = 600
"""Only a page that hangs takes so long; a busy machine may be slow."""
BUYERS_MAY = """
    register_account verify_address resend_verification log_in refresh_tokens log_out categories_list
    categories_retrieve products_list products_retrieve create_cart get_cart change_cart acknowledge_cart_prices
    attach_cart add_cart_line clear_cart put_cart_line set_cart_line remove_cart_line get_my_cart list_addresses
    create_address get_address change_address delete_address list_saved_methods delete_saved_method
    create_setup_intent place_order list_orders get_order cancel_order get_order_payment list_parcels reorder_order
    list_order_returns request_return get_return withdraw_return look_up_order
"""
"""The operations of a purchase that a buyer may call, from the account to the return."""

TIMES = 2 if os.environ.get("STRIDE") else 1
"""How often it is pasted: again in `make test-all`."""


def outputs(page: list[Block], env: dict[str, str]) -> list[str]:
    """What each of these prints when they are pasted into one session."""
    script = "".join(f"{block.commands}\necho '{END}'\n" for block in page)
    done = subprocess.run(
        [str(shutil.which("bash")), "-c", script],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    return done.stdout.split(f"{END}\n")[:-1]


@pytest.fixture
def addresses(up: Callable[..., Up], env: dict[str, str]) -> dict[str, str]:
    """Of the shop that `make up` starts with its demo data, by the page's variables."""
    up().await_running()
    ports = {"SHOP": "SHOP_PORT", "STRIPE": "FAKE_STRIPE_PORT", "MAILBOX": "MAILBOX_PORT"}
    return {variable: f"http://{HOST}:{env[port]}" for variable, port in ports.items()}


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with the few programs that the page says it needs, and what every system has."""
    for name in ("curl", "date", "grep", "sed", "seq", "sleep", "sort", "tr"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    (tmp_path / "python3").symlink_to(Path(sys.executable).resolve())
    return tmp_path


def test_the_page_prints_what_it_says_however_often_it_is_pasted(addresses: dict[str, str], tools: Path) -> None:
    page = blocks(PAGE.read_text(encoding="utf-8"))
    assert len(page) == 21
    for _ in range(TIMES):
        for block, output in zip(page, outputs(page, {**addresses, "PATH": str(tools)}), strict=True):
            assert output == block.printed, block.commands


def test_the_page_names_each_refusal_that_a_buyer_can_meet() -> None:
    operations = [
        operation
        for path in yaml.load((CHECKOUT / "docs" / "openapi.yaml").read_text("utf-8"), yaml.CSafeLoader)[
            "paths"
        ].values()
        for operation in path.values()
        if isinstance(operation, dict)
    ]
    buyers_may = set(BUYERS_MAY.split())
    assert buyers_may <= {operation["operationId"] for operation in operations}
    met = {
        code
        for operation in operations
        if operation["operationId"] in buyers_may
        for response in operation["responses"].values()
        for code in response.get("$ref", "").rpartition("/")[2].split(".or.")
    } - {""}
    page = PAGE.read_text(encoding="utf-8")
    assert len(met) > 40
    assert sorted(code for code in met if not re.search(rf"(?<![\w.]){re.escape(code)}(?![\w.])", page)) == []
