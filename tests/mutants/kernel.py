"""Mistakes in the kernel: calls, events, keys and tokens."""

from __future__ import annotations

from .mistake import Mistake

_EVENTS = "shop/tests/test_events.py::"
_KEYS = "shop/http/tests/test_idempotency.py::"

KERNEL = (
    Mistake(
        "a column may be added that an old process cannot insert without",
        "shop/db/older.py",
        "    if not new.null and not new.has_db_default():\n",
        "    if False:\n",
        ("shop/tests/test_older.py::test_what_it_misses_is_named_unless_it_is_excused",),
    ),
    Mistake(
        "an event may be published outside of the transaction",
        "shop/events/outbox.py",
        "    if not connections[using].in_atomic_block:\n",
        "    if False:\n",
        (_EVENTS + "test_publishing_outside_a_transaction_of_its_context_is_refused",),
    ),
    Mistake(
        "the inbox row is missing",
        "shop/events/inbox.py",
        "        InboxRow(id=inbox_id).save(using=using, force_insert=True)\n",
        "",
        (_EVENTS + "test_one_event_delivered_twice_at_once_has_one_effect",),
    ),
    Mistake(
        "an outbox row is deleted though it was refused",
        "shop/events/relay.py",
        "    accepted = [row.pk for row in batch if row.event_id not in refused]\n",
        "    accepted = [row.pk for row in batch]\n",
        (_EVENTS + "test_a_handler_that_fails_leaves_no_trace_and_the_other_is_not_repeated",),
    ),
    Mistake(
        "a repeated key with another body is answered",
        "shop/http/idempotency.py",
        "    if (found.body_hash, found.endpoint) != (wanted.body_hash, wanted.endpoint):\n",
        "    if found.endpoint != wanted.endpoint:\n",
        (_KEYS + "test_another_body_with_the_key_is_422",),
    ),
    Mistake(
        "after a crash the repeat is another operation",
        "shop/http/idempotency.py",
        "    return _take(context, found, wanted, operation_id=found.operation_id, afresh=False)\n",
        "    return _take(context, found, wanted, operation_id=wanted.operation_id, afresh=False)\n",
        (_KEYS + "test_after_a_crash_the_repeat_finishes_the_same_operation",),
    ),
    Mistake(
        "keys are shared by all callers",
        "shop/http/idempotency.py",
        'f"{caller}\\0{key}"',
        "key",
        (_KEYS + "test_keys_belong_to_their_caller",),
    ),
    Mistake(
        "a client's secret is stored with the answer",
        "shop/http/idempotency.py",
        "            _finish(context, claim, response)\n            return _with_live(view, request, response)\n",
        "            response = _with_live(view, request, response)\n            _finish(context, claim, response)\n"
        "            return response\n",
        (_KEYS + "test_what_is_live_is_never_stored",),
    ),
    Mistake(
        "a token that signs nothing is believed",
        "shop/identity/tokens.py",
        '            options: Any = {"verify_exp": False,',
        '            options: Any = {"verify_signature": False, "verify_exp": False,',
        ("shop/identity/tests/test_tokens.py::test_an_odd_token_is_401_with_a_challenge",),
    ),
    Mistake(
        "a token lasts for ever",
        "shop/identity/tokens.py",
        "    if claims.exp + _leeway().total_seconds() <= clock.now().timestamp():\n",
        "    if False:\n",
        ("shop/identity/tests/test_tokens.py::test_a_token_expires_after_five_minutes",),
    ),
    Mistake(
        "a command is not remembered",
        "shop/ports/run.py",
        "        CommandRecord(id=record_id, arguments=said, answer=msgspec.json.encode(answer).decode()).save(\n"
        "            using=alias(port.context), force_insert=True\n        )\n",
        "",
        ("shop/tests/test_ports.py::test_a_command_happens_once_per_key",),
    ),
    Mistake(
        "a repeated command with other arguments gets the first answer",
        "shop/ports/run.py",
        "    if record is not None and record.arguments != said:\n",
        "    if False:\n",
        ("shop/tests/test_ports.py::test_the_same_key_with_other_arguments_is_refused",),
    ),
    Mistake(
        "a call leaves while a transaction is open",
        "shop/ports/run.py",
        "    forbid_transaction(port.full_name)\n",
        "",
        ("shop/tests/test_ports.py::test_no_call_leaves_while_a_transaction_is_open",),
    ),
    Mistake(
        "an internal call is believed without its signature",
        "shop/ports/signing.py",
        "    if not any(hmac.compare_digest(",
        "    if False and not any(hmac.compare_digest(",
        ("shop/tests/test_signing.py::test_a_changed_body_path_or_no_signature_is_not_believed",),
    ),
    Mistake(
        "the signature of a call says nothing of its body",
        "shop/ports/signing.py",
        "[path, hashlib.sha256(body).hexdigest(), *(",
        "[path, *(",
        ("shop/tests/test_signing.py::test_a_changed_body_path_or_no_signature_is_not_believed",),
    ),
    Mistake(
        "a recorded call is believed for ever",
        "shop/ports/signing.py",
        '    if abs(clock.seconds() - int(values["Time"])) > clock.SKEW.total_seconds():\n        return None\n',
        "",
        ("shop/tests/test_signing.py::test_a_call_of_another_time_is_not_believed",),
    ),
    Mistake(
        "a younger event overtakes one that waits",
        "shop/events/relay.py",
        "        if key in blocked:\n            continue\n",
        "",
        (_EVENTS + "test_what_is_published_behind_a_claimed_event_waits_without_a_penalty",),
    ),
    Mistake(
        "two relays claim the same rows",
        "shop/events/relay.py",
        "    won = rows.filter(pk__in=wanted, due_at__lte=at).update(",
        "    won = rows.filter(pk__in=wanted).update(",
        (_EVENTS + "test_a_relay_that_loses_part_of_a_key_gives_the_rest_back",),
    ),
    Mistake(
        "a key whose lease is over is taken over by two",
        "shop/http/idempotency.py",
        "    rows = IdempotencyKey.objects.using(alias(context)).filter(**seen)\n",
        "    rows = IdempotencyKey.objects.using(alias(context)).filter(pk=found.id)\n",
        (_KEYS + "test_of_two_who_see_a_lapsed_lease_one_takes_over_and_one_waits",),
    ),
)
