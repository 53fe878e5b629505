"""A person before a running shop: a page of Chromium in which nothing may go wrong that is not expected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Response, sync_playwright

from tests.browser.chromium import FLAGS, MISSING, bring_chromium
from tests.harness.shop import Shop
from tests.scenes import SHAPE, STORE

PASSWORD = "a password of the tests"  # of a shop that lives for seconds
PATIENCE_SECONDS = 20
ASKED_ALOUD = "Failed to load resource"
"""What Chromium's console says of each answer from 400 on; `refused` knows them better."""


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    """One that sets money aside, so that finance has something to take."""
    running = Shop(STORE, SHAPE, env={"PAYMENTS_CAPTURE": "manual"})
    yield running
    running.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of this process."""
    path = bring_chromium()
    if not path:
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Person:
    """Somebody who looks at the shop; `refused` and `faults` are what went wrong on their pages.

    They agree to whatever they are asked first, which is `asked`.
    """

    page: Page
    url: str
    refused: list[tuple[int, str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go there."""
        self.page.goto(self.url + path)

    def log_in(self, path: str, email: str, name: str) -> None:
        """By the form that `path` leads to, whose field for the address has this name."""
        self.open(path)
        self.page.fill(f"input[name={name}]", email)
        self.page.fill("input[name=password]", PASSWORD)
        with self.page.expect_navigation(url=lambda url: "login" not in url):
            self.page.press("input[name=password]", "Enter")

    def hear(self, message: ConsoleMessage) -> None:
        """What the console says."""
        if message.type == "error" and not message.text.startswith(ASKED_ALOUD):
            self.faults.append(message.text)

    def agree(self, dialog: Dialog) -> None:
        """What the page asks before it sends."""
        self.asked.append(dialog.message)
        dialog.accept()

    def see(self, response: Response) -> None:
        """What was answered."""
        if response.status >= 400:
            path = response.url.removeprefix(self.url)
            self.refused.append((response.status, response.request.method, path))


@pytest.fixture
def person(chromium: Browser, shop: Shop) -> Iterator[Person]:
    """With an empty browser. Afterwards every fault of a script, and every refusal that no test has taken, is told."""
    context = chromium.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    page = context.new_page()
    somebody = Person(page, shop.url)
    page.on("console", somebody.hear)
    page.on("response", somebody.see)
    page.on("dialog", somebody.agree)
    page.on("pageerror", lambda error: somebody.faults.append(str(error)))
    yield somebody
    context.close()
    assert (somebody.faults, somebody.refused) == ([], [])


@pytest.fixture
def customer(shop: Shop) -> str:
    """The address of a customer who can log in."""
    email = f"{uuid4().hex}@example.com"
    shop.call("tests.goods.customer_of", email=email, password=PASSWORD)
    return email


@pytest.fixture
def merchandiser(shop: Shop) -> str:
    """The address of somebody who manages the catalogue."""
    return clerk(shop, "merchandiser")


def clerk(shop: Shop, role: str) -> str:
    """The address of somebody who works here as this."""
    email = f"{uuid4().hex}@shop.example"
    shop.call("tests.goods.staff_of", email=email, password=PASSWORD, role=role)
    return email
