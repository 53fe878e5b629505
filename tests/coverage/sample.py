"""A small project with tests of its own, which look at what measuring must not change."""

from __future__ import annotations

from textwrap import dedent

_FILES = {
    "pyproject.toml": r"""
        [tool.pytest.ini_options]
        addopts = ["--import-mode=importlib"]
        [tool.slipcover]
        source = ["goods", "more"]
        omit = ["*/tests/*", "goods/*/api.py"]
        exclude-also = ["\\.\\.\\.$"]
        fail-under = 78
        """,
    "goods/__init__.py": "",
    "goods/never.py": """
        def never():
            return 1
        """,
    "goods/price.py": '''
        """Docstring."""
        from __future__ import annotations

        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            from decimal import Decimal

        def price(number: int, *, gift: bool = False) -> Decimal | int:
            """Another."""
            if gift:
                number -= 1
            for _ in range(number):
                if number > 5:
                    return 9
            while number:
                number -= 1
            return number

        def stub() -> int: ...

        def unreached() -> int:  # pragma: no cover
            return 1

        def fails() -> None:
            raise LookupError("line 26")
        ''',
    "goods/shelf/api.py": """
        omitted = True
        """,
    "goods/tests/helper.py": """
        omitted = True
        """,
    "goods/tests/test_price.py": """
        import inspect, os, pathlib, sys, threading, traceback
        import pytest
        from goods.price import fails, price
        from goods.shelf.api import omitted
        from more import count

        codes = set()

        @pytest.mark.parametrize("again", range(120))
        def test_price(again):
            assert price(3) == 0
            codes.add(price.__code__)

        def test_what_notes_lines_was_taken_away_once():
            assert len(codes) == (2 if sys.version_info < (3, 12) else 1)

        def test_source_and_numbers_of_lines_are_as_ever():
            assert inspect.getsource(fails).splitlines()[0] == "def fails() -> None:"
            with pytest.raises(LookupError) as told:
                fails()
            assert traceback.extract_tb(told.value.__traceback__)[-1].lineno == 26

        def test_threads_count():
            threads = [threading.Thread(target=count.run) for _ in range(20)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(count.SEEN) == list(range(0, 1000, 50))

        def test_a_forked_child_that_ends_as_pytest_does_writes_nothing():
            child = os.fork()
            if not child:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                pytest.exit("the child")
            os.waitpid(child, 0)
            assert not pathlib.Path(os.environ["COVERAGE_FILE"]).exists()
        """,
    "late/test_gift.py": """
        from goods.price import fails, price

        def test_gift():
            assert price(8, gift=True) == 9
        """,
    "more/count.py": """
        import itertools

        NUMBERS = itertools.count(0, 50)
        SEEN = []

        def run():
            number = next(NUMBERS)
            for _ in range(200):
                if number < 0:
                    number = 0
            SEEN.append(number)
        """,
}
PROJECT = {name: dedent(text).removeprefix("\n") for name, text in _FILES.items()}
