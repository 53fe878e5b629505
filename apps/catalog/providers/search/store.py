"""The directory of the index: one per machine, shared by all processes; one of them writes, all read.

    <data>/search/<source>/lock      held by the process that writes; the kernel lets go of it when that dies
                          /building  held by whoever builds a new index
                          /current   the name of the index in use, replaced at once
                          /<name>/   an index of tantivy, and how far it has followed the catalog

An index is complete before `current` names it, so a process may be killed at any moment: the worst is that some
changes are read again, or that a half-built index is thrown away.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
import tantivy

from shop.ids import uuid7

from .fields import fingerprint, schema


class Busy(Exception):
    """Another process does it already."""


@dataclass(frozen=True, slots=True)
class Followed:
    """How far an index has followed the catalog: the ids of changes up to which it has read them."""

    prompt: str
    second: str
    """The second, later look, for what was committed late."""


class Store:
    """The directory."""

    def __init__(self, root: Path, currencies: Sequence[str], source: str) -> None:
        self.currencies = tuple(currencies)
        self.source = source
        self.root = root / fingerprint(currencies, source)
        self._lock: int | None = None

    def current(self) -> Path | None:
        """The index in use, or None if there is none yet."""
        try:
            path = self.root / (self.root / "current").read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return path if path.name and (path / "meta.json").is_file() else None

    def stamp(self) -> tuple[str, int, int] | None:
        """Changes whenever there is something new to read."""
        path = self.current()
        if path is None:
            return None
        try:
            meta = (path / "meta.json").stat()
        except OSError:
            return None
        return path.name, meta.st_mtime_ns, meta.st_ino

    def open(self, path: Path) -> tantivy.Index:
        """An index of this directory; it is reloaded by hand only."""
        index = tantivy.Index(schema(self.currencies), str(path))
        index.config_reader("manual")
        index.reload()
        return index

    def lead(self) -> bool:
        """Whether this process is the one that writes. Asked again and again: the one before may have died."""
        if self._lock is None:
            self._lock = _try_lock(self.root / "lock")
        return self._lock is not None

    def let_go(self) -> None:
        """Let another process write."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @contextmanager
    def building(self) -> Iterator[Path]:
        """A new directory to build in, which is in use once the block has ended well. Raises Busy."""
        lock = _try_lock(self.root / "building")
        if lock is None:
            raise Busy
        path = self.root / uuid7().hex
        try:
            path.mkdir()
            yield path
            self._use(path)
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise
        finally:
            os.close(lock)

    def tidy(self) -> None:
        """Remove indexes that are no longer in use, if nobody builds. Who still reads one keeps its files open."""
        lock = _try_lock(self.root / "building")
        if lock is None:
            return
        keep = self.current()
        for path in self.root.iterdir():
            if path.is_dir() and path != keep:
                shutil.rmtree(path, ignore_errors=True)
        os.close(lock)

    def give_up(self, path: Path) -> None:
        """This index cannot be read: go on without one until another is built."""
        if self.current() == path:
            (self.root / "current").unlink(missing_ok=True)

    @staticmethod
    def followed(path: Path) -> Followed:
        """How far the index has followed. Raises ValueError if that cannot be read."""
        try:
            return msgspec.json.decode((path / "followed.json").read_bytes(), type=Followed)
        except (OSError, msgspec.MsgspecError) as error:
            raise ValueError(str(error)) from error

    @staticmethod
    def follow(path: Path, followed: Followed) -> None:
        """Remember it, after the commit of what was read: reading it once more does no harm."""
        _replace(path / "followed.json", msgspec.json.encode(asdict(followed)))

    def _use(self, path: Path) -> None:
        _replace(self.root / "current", path.name.encode())


def _replace(file: Path, content: bytes) -> None:
    """The whole file or the one before, whatever happens."""
    fresh = file.with_name(f"{file.name}.{os.getpid()}.new")
    with fresh.open("wb") as output:
        output.write(content)
        output.flush()
        os.fsync(output.fileno())
    fresh.replace(file)


def _try_lock(file: Path) -> int | None:
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
