"""What is read of a request before any of our code runs, and what a client cannot make us write or look for."""

from __future__ import annotations

import io
import logging
import sys

import pytest
from django.http import Http404
from django.test import RequestFactory

from shop.http.media import media
from shop.http.wsgi import Utf8Request
from shop.observability.logs import JsonFormatter, TextFormatter


def request_of_type(content_type: str) -> Utf8Request:
    path = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": "category=%41%ff"}
    return Utf8Request({**path, "CONTENT_TYPE": content_type, "wsgi.input": io.BytesIO()})


@pytest.mark.parametrize("kind", ["a/b; x*=nope''%41", "a/b; x*=idna''%41", "a/b; charset*=punycode''%ff"])
def test_a_content_type_that_cannot_be_read_is_none(kind):
    request = request_of_type(kind)
    assert (request.content_type, request.content_params, request.META["CONTENT_TYPE"]) == ("", {}, "")


@pytest.mark.parametrize("charset", ["hex", "idna", "utf-16", "utf-8"])
def test_a_query_is_utf_8_whatever_charset_is_named(charset):
    request = request_of_type(f"a/b; charset={charset}")
    assert request.content_type == "a/b"
    assert request.GET["category"] == "A\ufffd"


@pytest.mark.parametrize("name", ["a" * 5000, "nothing.png"])
def test_a_picture_of_no_possible_name_is_absent(name):
    with pytest.raises(Http404):
        media(RequestFactory().get("/"), name)


@pytest.mark.parametrize("formatter", [JsonFormatter(), TextFormatter()])
@pytest.mark.parametrize(("logger", "lines"), [("django.security.DisallowedHost", False), ("shop.http", True)])
def test_what_a_client_does_wrong_leaves_no_traceback(formatter, logger, lines):
    try:
        raise ValueError("evil")
    except ValueError:
        record = logging.LogRecord(logger, logging.ERROR, "", 0, "refused", (), sys.exc_info())
    assert ("Traceback" in formatter.format(record)) is lines
