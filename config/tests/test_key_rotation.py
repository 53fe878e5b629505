"""New keys come into an environment file in three steps; no step is left out, and who shares a key goes on sharing."""

from __future__ import annotations

import io

import pytest

from config import key_rotation, run, secret_values
from config.key_rotation import WrongStep, rotated
from config.reader import Reader
from config.services import call_keys
from config.values import seeds


def values_of(text):
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {name: value.strip('"') for name, _, value in pairs}


def keys_of(text, variable):
    return call_keys(Reader({"SHOP_CALL_KEYS": values_of(text)[variable]}), unit="orders", elsewhere=())


def test_three_steps_bring_every_list_from_the_old_key_to_the_new_one():
    old = secret_values.file(demo=True, services=True)
    added = rotated(old, "add")
    used = rotated(added, "use")
    dropped = rotated(used, "drop")

    for variable in ("CALL_KEYS_ORDERS", "CALL_KEYS_CART"):
        before, both, new_first, after = (keys_of(text, variable) for text in (old, added, used, dropped))
        assert len(before) == 10
        for pair, [key] in before.items():
            [new] = after[pair]
            assert new != key
            assert both[pair] == [key, new]
            assert new_first[pair] == [new, key]
    assert keys_of(dropped, "CALL_KEYS_ORDERS")["orders>cart"] == keys_of(dropped, "CALL_KEYS_CART")["orders>cart"]
    tokens = [seeds("TOKEN_KEYS", values_of(text)["TOKEN_KEYS"]) for text in (old, added, used, dropped)]
    assert tokens[1] == (*tokens[0], *tokens[3])
    assert tokens[2] == (*tokens[3], *tokens[0])
    assert len({*tokens[0], *tokens[3]}) == 2


def test_all_else_in_the_file_stays_as_it_is():
    old = '# mine\nSECRET_KEY=a b\nSHOP_CALL_KEYS="shop=' + "k" * 32 + '"\nTOKEN_KEYS=\n'
    text = old
    for step in key_rotation.STEPS:
        text = rotated(text, step)

    assert text.splitlines()[:2] == ["# mine", "SECRET_KEY=a b"]
    assert text.splitlines()[2].startswith('SHOP_CALL_KEYS="shop=')
    assert text.splitlines()[3:] == ["TOKEN_KEYS="]


@pytest.mark.parametrize(
    ("done", "wrong", "following"),
    [((), "use", "add"), (("add",), "add", "use"), (("add", "use"), "use", "drop"), (("add",), "drop", "use")],
)
def test_no_step_is_left_out_or_done_twice(done, wrong, following):
    text = secret_values.file(demo=True, services=True)
    for step in done:
        text = rotated(text, step)

    with pytest.raises(WrongStep, match=f"so {following} is next"):
        rotated(text, wrong)


def test_a_file_without_keys_is_the_wrong_file():
    with pytest.raises(WrongStep, match="no keys"):
        rotated("SHOP_MODE=embedded\n", "add")


def test_the_role_reads_the_old_file_and_prints_the_next(monkeypatch, capsys):
    old = secret_values.file(demo=True, services=False)
    monkeypatch.setattr("sys.stdin", io.StringIO(old))

    assert run.main(["secrets", "--rotate", "add"]) == 0
    assert len(values_of(capsys.readouterr().out)["TOKEN_KEYS"].split()) == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["add"], "KEYS: The last step was use, so drop is next."),
        (["onward"], "ROLE: secrets --rotate takes one of add, use, drop."),
        ([], "ROLE: secrets --rotate takes one of add, use, drop."),
    ],
)
def test_the_role_refuses_with_one_sentence_and_prints_no_file(monkeypatch, capsys, arguments, sentence):
    monkeypatch.setattr("sys.stdin", io.StringIO("SHOP_CALL_KEYS=a=b\n# keys: use\n"))

    assert run.main(["secrets", "--rotate", *arguments]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"{sentence}\n")
