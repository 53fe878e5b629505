"""The videos of a product as a field of its form: one a line, the address and then what it shows."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.catalog.rules import VideoFact, videos_of, wrong_videos

HELP = "One a line, in the order in which they are shown: its https:// address, a space, and what it shows."


class VideosField(forms.CharField):
    """Lines to videos and back."""

    widget = forms.Textarea

    def __init__(self) -> None:
        super().__init__(required=False, help_text=HELP, widget=forms.Textarea(attrs={"rows": 3, "cols": 80}))

    def prepare_value(self, value: Any) -> Any:
        """Of what is kept the lines; what was typed stays as it was."""
        return value if value is None or isinstance(value, str) else "\n".join(map(_line, videos_of(value)))

    def clean(self, value: Any) -> list[dict[str, str]]:
        """The videos as they are kept. Wrong ones are told by their line, not counting empty ones."""
        text = super().clean(value)
        videos = tuple(_video(line) for line in text.splitlines() if line.strip())
        if errors := wrong_videos(videos):
            raise forms.ValidationError([_told(error.pointer, error.detail) for error in errors])
        return [video.kept() for video in videos]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the lines say something else."""
        return super().has_changed(self.prepare_value(initial) or "", data)


def _line(video: VideoFact) -> str:
    return f"{video.url} {video.title}".strip()


def _video(line: str) -> VideoFact:
    url, _, title = line.strip().partition(" ")
    return VideoFact(url, title.strip())


def _told(pointer: str, detail: str) -> str:
    number = pointer.split("/")[2:3]
    return f"Line {int(number[0]) + 1}: {detail}" if number else detail
