"""Videos of a product: addresses at whoever hosts and plays them, in the order in which they are shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from shop.errors import FieldError

MOST_VIDEOS = 10
LONGEST_ADDRESS = 500
LONGEST_TITLE = 200
_NO_ADDRESS = re.compile(r"[^\x21-\x7e]|[\\\"<>]")
"""What no address has that a browser takes as it stands: others are percent-encoded, host names in punycode."""


@dataclass(frozen=True, slots=True)
class VideoFact:
    """One film: where it is watched, and what it shows, for those who do not see it."""

    url: str
    title: str = ""

    def kept(self) -> dict[str, str]:
        """As it is kept and shown."""
        return {"url": self.url, "title": self.title}


def videos_of(kept: Sequence[Mapping[str, str]] | None) -> tuple[VideoFact, ...]:
    """What a product's column holds; None where an earlier version wrote the row."""
    return tuple(VideoFact(one["url"], one["title"]) for one in kept or ())


def wrong_videos(videos: Sequence[VideoFact]) -> list[FieldError]:
    """What is wrong with them, each with its pointer such as /videos/1/url."""
    errors: list[FieldError] = []
    if len(videos) > MOST_VIDEOS:
        errors.append(FieldError("/videos", "too_many", f"At most {MOST_VIDEOS}."))
    seen: set[str] = set()
    for i, video in enumerate(videos):
        pointer = f"/videos/{i}/url"
        if wrong := wrong_address(video.url):
            errors.append(FieldError(pointer, "invalid", wrong))
        elif video.url in seen:
            errors.append(FieldError(pointer, "twice", "It is named above already."))
        if len(video.title) > LONGEST_TITLE:
            errors.append(FieldError(f"/videos/{i}/title", "too_long", f"At most {LONGEST_TITLE} characters."))
        seen.add(video.url)
    return errors


def wrong_address(url: Any) -> str:
    """What is wrong with the address of a video, in a sentence; nothing when a page may show it."""
    if not isinstance(url, str) or not 1 <= len(url) <= LONGEST_ADDRESS:
        return f"An address of 1 to {LONGEST_ADDRESS} characters."
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "No address of the web."
    if parts.scheme != "https" or not host or "@" in parts.netloc or _NO_ADDRESS.search(url):
        return "An address that begins with https:// and a host, without a password in it, in ASCII."
    return ""
