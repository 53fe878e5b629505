"""`make image-test`: migrate, web, worker and beat out of the built image, a purchase through them, and a drain.

SHAPE=split: the same with six services, each of the image, the back office, and nginx before them.
As root on Linux with buildah; MongoDB, Valkey and the fakes are those of the tests. Says how big the image is.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from config import health
from config.dev.rootfs import mounted
from tests.harness.callers import Caller
from tests.image.shop import ImageShop
from tests.scenes import new_product

FORBIDDEN = ("gcc", "cc", "make", "pip", "pip3", "uv", "git", "curl", "wget")
USED = """
import os, boto3, django
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
from django.utils import translation
from shop.money import Money
from shop.phones import e164
key = {"region_name": "eu-west-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
print(*[boto3.client(name, **key).meta.service_model.api_version for name in ("s3", "sts")])
print(e164("+49 30 123456"), Money(100, "EUR").format(), translation.get_language())
"""
END_SECONDS = 30
FOUND_OUT_SECONDS = health.LONGEST_PULSE_SECONDS + 20
LONGEST_CHECK_SECONDS = 0.3
"""Of a core, a health check of jobs: 0.05 on an idle machine."""
CALLERS = 4


def main(arguments: Sequence[str]) -> int:
    """0 when all is as it should be."""
    with mounted(arguments[0] if arguments else "shop:latest") as image:
        print(f"size: {image.bytes / 1e6:.0f} MB unpacked")
        shop = ImageShop(image)
        try:
            for check in CHECKS:
                check(shop)
                print(f"ok: {check.__doc__}")
        finally:
            shop.stop()
    print(f"{len(CHECKS)} passed, 0 failed")
    return 0


def nobody_is_root(shop: ImageShop) -> None:
    """every process runs as the image's own user, without any capability"""
    user, group = shop.image.user.split(":")
    assert user != "0"
    for name in shop.ours:
        status = Path(f"/proc/{shop.process(name).pid}/status").read_text(encoding="utf-8")
        told = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert told["Uid"].split() == [user] * 4, told["Uid"]
        assert told["Gid"].split() == [group] * 4, told["Gid"]
        assert int(told["CapEff"], 16) == 0, told["CapEff"]


def only_the_volume_is_written(shop: ImageShop) -> None:
    """the root is read-only, /tmp and the volume are not"""
    answer = shop.ask(*shop.inside("python3", "-c", "import os; print(os.statvfs('/').f_flag & os.ST_RDONLY)"))
    assert answer.stdout.strip() == "1", answer
    script = "open({!r} + '/probe', 'w').close()"
    for folder, works in (("/app", False), ("/opt/shop", False), ("/tmp", True), ("/var/lib/shop", True)):
        answer = shop.ask(*shop.inside("python3", "-c", script.format(folder)))
        assert (answer.returncode == 0) is works, (folder, answer.stderr)


def nothing_that_builds_is_there(shop: ImageShop) -> None:
    """there is no compiler, no pip and no download tool"""
    script = f"import shutil; print([one for one in {FORBIDDEN!r} if shutil.which(one)])"
    answer = shop.ask(*shop.inside("python3", "-c", script))
    assert answer.stdout.strip() == "[]", answer.stdout + answer.stderr
    answer = shop.ask(*shop.inside("python3", "-m", "pip", "--version"))
    assert answer.returncode != 0, answer.stdout


def nothing_is_missed(shop: ImageShop) -> None:
    """what was left out of the packages is missed by none that we use: buckets, telephone numbers, money, languages"""
    answer = shop.ask(*shop.inside("python3", "-c", USED))
    assert answer.stdout.split() == ["2006-03-01", "2011-06-15", "+4930123456", "€1.00", "en"], (
        answer.stdout + answer.stderr
    )


def an_unknown_role_is_refused(shop: ImageShop) -> None:
    """an unknown role is refused in one sentence"""
    answer = shop.ask(*shop.role("nonsense"))
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1, answer.stderr


def it_knows_its_health(shop: ImageShop) -> None:
    """the health check of web succeeds"""
    web_port = shop._unit_ports[0] if shop.partition else shop.ports["SHOP_PORT"]
    answer = shop.ask(*shop.inside("env", f"SHOP_PORT={web_port}", *shop.image.config["Entrypoint"], "health"))
    assert answer.returncode == 0, answer.stdout + answer.stderr


def somebody_buys(shop: ImageShop) -> None:
    """a guest buys, pays and gets the mail; every invariant holds"""
    buyer = shop.buyer()
    assert buyer.buy((new_product(shop, stock=5, price=1200), 2)).status in {201, 202}
    assert buyer.pay().status == 200
    order = buyer.await_status("confirmed")
    shop.check_invariants()
    [mail] = shop.mailbox.messages(to=buyer.email)
    assert order["number"] in mail["subject"]


def jobs_know_their_health(shop: ImageShop) -> None:
    """the health checks of worker and beat cost little and find out who is frozen, and who is well again"""
    jobs: dict[str, tuple[str, ...]] = {name: ("worker", "beat") if shop.partition else (name,) for name in shop.jobs}
    _wait(shop, jobs, code=0, seconds=30)
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    for name, roles in jobs.items():
        assert shop.health(name, *roles).returncode == 0
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = (ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime) / len(jobs)
    assert cost < LONGEST_CHECK_SECONDS, cost
    for name in jobs:
        os.killpg(shop.process(name).pid, signal.SIGSTOP)
    try:
        _wait(shop, jobs, code=1, seconds=FOUND_OUT_SECONDS)
    finally:
        for name in jobs:
            os.killpg(shop.process(name).pid, signal.SIGCONT)
    _wait(shop, jobs, code=0, seconds=30)
    print(f"a health check of jobs: {cost:.2f} s of a core")


def _wait(shop: ImageShop, jobs: Mapping[str, tuple[str, ...]], *, code: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    for name, roles in jobs.items():
        while (answer := shop.health(name, *roles)).returncode != code:
            assert time.monotonic() < until, (name, answer.stdout, answer.stderr)
            time.sleep(1)


def all_end_in_time(shop: ImageShop) -> None:
    """after SIGTERM every web, worker and beat ends by itself within 30 s, and no request under way fails"""
    port = urlsplit(shop.address_of("catalog")).port
    callers = [Caller(port or 80) for _ in range(CALLERS)]
    while any(caller.kept < 3 and not caller.failures for caller in callers):
        time.sleep(0.01)
    shop.let_end()
    processes = {name: shop.process(name) for name in shop.ours}
    asked = time.monotonic()
    for process in processes.values():
        process.ask_to_stop()
    while any(process.exit_code is None for process in processes.values()):
        assert time.monotonic() - asked < END_SECONDS, {name: one.exit_code for name, one in processes.items()}
        time.sleep(0.05)
    took = time.monotonic() - asked
    for caller in callers:
        caller.join(END_SECONDS)
    assert {name: one.exit_code for name, one in processes.items()} == dict.fromkeys(processes, 0)
    failures = [failure for caller in callers for failure in caller.failures]
    assert not failures, failures
    print(f"the end took {took:.0f} s, in which {sum(caller.answers for caller in callers)} requests were answered")


CHECKS = (
    nobody_is_root,
    only_the_volume_is_written,
    nothing_that_builds_is_there,
    nothing_is_missed,
    an_unknown_role_is_refused,
    it_knows_its_health,
    somebody_buys,
    jobs_know_their_health,
    all_end_in_time,
)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
