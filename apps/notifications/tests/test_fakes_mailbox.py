"""The mailbox takes what Django's own mail backend sends, shows it, bounces on order and forgets nothing too early."""

from __future__ import annotations

import json
import signal
import smtplib
import subprocess
import sys
import time
import urllib.error
import urllib.request
from email.message import EmailMessage

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection

from apps.notifications.fakes.mailbox.server import Mailbox
from apps.notifications.fakes.mailbox.store import Mails, read


@pytest.fixture
def mailbox():
    with Mailbox() as running:
        yield running


def ask(mailbox, path, method="GET"):
    with urllib.request.urlopen(urllib.request.Request(mailbox.url + path, method=method), timeout=5) as answer:
        return answer.read().decode(), answer.headers


def ask_json(mailbox, path, method="GET"):
    return json.loads(ask(mailbox, path, method)[0])


def mail(subject="Order SO-1 confirmed", to="ada@example.com"):
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "shop@example.com", to
    message["Message-ID"] = "<m-1@shop.test>"
    message.set_content("Grüße")
    message.add_alternative("<p>Grüße</p><script>alert(1)</script>", subtype="html")
    return message


def send(mailbox, message, to=None):
    with smtplib.SMTP("127.0.0.1", mailbox.smtp_port, timeout=5) as smtp:
        smtp.send_message(message, to_addrs=to)


def test_a_mail_of_djangos_backend_is_read_back_whole(mailbox):
    backend = get_connection(
        "django.core.mail.backends.smtp.EmailBackend",
        host="127.0.0.1",
        port=mailbox.smtp_port,
        username="",
        use_tls=False,
        timeout=5,
    )
    sent = EmailMultiAlternatives(
        "Bestellung bestätigt",
        "Guten Tag\n",
        "Shop <shop@example.com>",
        ["ada@example.com"],
        bcc=["copy@example.com"],
        headers={"Message-ID": "<m-7@shop.test>"},
        connection=backend,
    )
    sent.attach_alternative("<b>Guten Tag</b>", "text/html")
    assert sent.send() == 1
    [kept] = ask_json(mailbox, "/api/messages?to=ADA@example.com")["messages"]
    assert (kept["subject"], kept["from"]) == ("Bestellung bestätigt", "shop@example.com")
    assert sorted(kept["to"]) == ["ada@example.com", "copy@example.com"]
    assert (kept["text"].strip(), kept["html"].strip()) == ("Guten Tag", "<b>Guten Tag</b>")
    assert kept["message_id"] == kept["headers"]["Message-ID"] == "<m-7@shop.test>"


def test_mails_are_listed_newest_first_filtered_and_deleted(mailbox):
    send(mailbox, mail("first"))
    send(mailbox, mail("second", to="bob@example.com"))
    assert [one["subject"] for one in ask_json(mailbox, "/api/messages")["messages"]] == ["second", "first"]
    assert ask_json(mailbox, "/api/messages?to=bob@example.com")["total"] == 1
    assert ask_json(mailbox, "/api/messages?subject=FIRST")["total"] == 1
    assert ask_json(mailbox, "/api/messages", "DELETE") == {"deleted": 2}
    assert ask_json(mailbox, "/api/messages")["messages"] == []


def test_the_page_shows_a_mail_without_letting_it_run(mailbox):
    send(mailbox, mail("Order <b>"))
    identifier = ask_json(mailbox, "/api/messages")["messages"][0]["id"]
    assert "Order &lt;b&gt;" in ask(mailbox, "/")[0]
    page, _ = ask(mailbox, f"/messages/{identifier}")
    assert '<iframe sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "<script>alert" not in page
    html, headers = ask(mailbox, f"/messages/{identifier}/html")
    assert "Grüße" in html
    fence = headers["Content-Security-Policy"]
    assert fence.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'")
    assert "allow-scripts" not in fence
    assert "Message-ID: <m-1@shop.test>" in ask(mailbox, f"/messages/{identifier}/raw")[0]
    with pytest.raises(urllib.error.HTTPError):
        ask(mailbox, "/api/messages/none")


def test_a_link_of_a_mail_can_be_clicked_and_opens_a_page_of_its_own(mailbox):
    link = "http://127.0.0.1:8000/account/verify?a=1&token=x-y_z"
    words = EmailMessage()
    words["From"], words["To"], words["Subject"] = "shop@example.com", "ann@example.com", "Link"
    words.set_content(f'Follow {link} "now" <b>')
    words.add_alternative(f'<html><head><title>x</title></head><body><a href="{link}">x</a></body></html>', "html")
    send(mailbox, words)
    identifier = ask_json(mailbox, "/api/messages")["messages"][0]["id"]
    page, _ = ask(mailbox, f"/messages/{identifier}")
    shown = link.replace("&", "&amp;")
    assert f'<a href="{shown}" target="_blank" rel="noopener noreferrer">{shown}</a> "now" &lt;b&gt;' in page
    assert '<head><base target="_blank">' in ask(mailbox, f"/messages/{identifier}/html")[0]


def test_addresses_bounce(mailbox):
    with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
        send(mailbox, mail(to="bounce@example.com"))
    assert caught.value.recipients["bounce@example.com"][0] == 550
    ask(mailbox, "/_fake/refuse?recipient=ada@example.com&code=450", "POST")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(mailbox, mail())
    ask(mailbox, "/_fake", "DELETE")
    send(mailbox, mail())
    assert ask_json(mailbox, "/api/messages")["total"] == 1


def test_the_next_mails_are_refused_for_now_or_for_good(mailbox):
    for code in (451, 554):
        ask(mailbox, f"/_fake/refuse?count=1&code={code}", "POST")
        with pytest.raises(smtplib.SMTPDataError) as caught:
            send(mailbox, mail())
        assert caught.value.smtp_code == code
    send(mailbox, mail())
    assert ask_json(mailbox, "/api/messages")["total"] == 1


def test_a_lost_answer_means_a_mail_that_was_kept(mailbox):
    ask(mailbox, "/_fake/lose_answer?count=1", "POST")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(mailbox, mail())
    assert ask_json(mailbox, "/api/messages")["total"] == 1


def test_a_slow_answer_can_be_ordered(mailbox):
    ask(mailbox, "/_fake/delay?milliseconds=300", "POST")
    begun = time.monotonic()
    send(mailbox, mail())
    assert time.monotonic() - begun >= 0.3


def test_only_the_newest_mails_are_kept_also_over_a_restart(tmp_path):
    mails = Mails(tmp_path, kept=3)
    for number in range(5):
        mails.add(read(mail(f"mail {number}").as_bytes(), sender="a@example.com", recipients=["b@example.com"]))
    assert [one["subject"] for one in mails.newest()] == ["mail 4", "mail 3", "mail 2"]
    assert [one["subject"] for one in Mails(tmp_path, kept=3).newest()] == ["mail 4", "mail 3", "mail 2"]
    assert len(list(tmp_path.iterdir())) == 3


def test_the_command_listens_and_stops_at_once_without_django():
    code = (
        "import sys; from apps.notifications.fakes.mailbox.__main__ import main;"
        "assert not {'django', 'shop', 'config'} & set(sys.modules);"
        "raise SystemExit(main(['--smtp-port', '0', '--http-port', '0']))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert "listening on http://127.0.0.1:" in process.stdout.readline()
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0
    assert time.monotonic() - begun < 1
    process.stdout.close()


@pytest.mark.parametrize(
    ("switch", "name"),
    [("refuse", "count"), ("refuse", "code"), ("lose_answer", "count"), ("delay", "milliseconds")],
)
@pytest.mark.parametrize("value", ["inf", "nan", "-1", "1.5", "10000000", "9" * 5000, "", "soon"])
def test_a_switch_of_the_mailbox_refuses_what_is_out_of_bounds(mailbox, switch, name, value):
    before = ask_json(mailbox, "/_fake")
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(mailbox, f"/_fake/{switch}?{name}={value}", "POST")
    with refused.value:
        assert (refused.value.code, json.load(refused.value)["message"][: len(name) + 9]) == (400, f"Invalid {name}:")
    assert ask_json(mailbox, "/_fake") == before
