"""nginx.conf of the gateway: one text for every shape, made of the routes and of where the units answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Template

from config.contexts import CONTEXTS
from config.gateway import Location

SHARED = "shop"
"""The unit that answers what is of no context: admin, documents, static files."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where the gateway listens, and which addresses each unit has."""

    units: Mapping[str, Sequence[str]]
    """By the unit's name: its instances, as host:port."""
    homes: Mapping[str, str]
    """By context: the unit that hosts it."""
    shared: str = SHARED
    listen: str = "8080"
    folder: str = "/var/cache/nginx"
    extra: str = "/etc/nginx/shop.d/*.conf"
    """Files that an operator adds to the server: TLS, trusted proxies."""
    workers: str = "auto"
    user: str = ""
    """Whom its workers run as, if not as whoever starts it."""
    inner: str = ""
    """Where it hands calls between units on, if it does: an address inside the network."""
    resolve: bool = True
    """Names are looked up again while it runs: nginx 1.27.3 or newer can."""


def render(gateway: Gateway, locations: Sequence[Location]) -> str:
    """The whole file."""
    values = {
        "folder": gateway.folder,
        "workers": gateway.workers,
        "user": f"user {gateway.user};\n" if gateway.user else "",
        "problems": "\n".join(_problem(status, title) for status, title in PROBLEMS.items()),
        "listen": gateway.listen,
        "extra": gateway.extra,
        "resolver": "    resolver 127.0.0.11 valid=5s ipv6=off;\n    resolver_timeout 2s;\n" if gateway.resolve else "",
        "upstreams": "\n".join(_upstream(name, gateway) for name in gateway.units),
        "locations": "\n".join(_location(one, gateway) for one in locations),
        "unit": gateway.shared,
        "shared": _proxied("/", gateway.shared),
        "inner": _inner(gateway) if gateway.inner else "",
    }
    return _FILE.substitute(values)


def monolith(address: str = "web:8000") -> Gateway:
    """One unit for all."""
    return Gateway({SHARED: [address]}, dict.fromkeys(CONTEXTS, SHARED))


def services(port: int = 8000) -> Gateway:
    """Six units, and the back office for what is of no context."""
    units = {context: [f"{context}:{port}"] for context in CONTEXTS}
    return Gateway({**units, "back_office": [f"back-office:{port}"]}, {one: one for one in CONTEXTS}, "back_office")


PROBLEMS = {
    400: "Bad request",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    413: "Body too large",
    414: "Address too long",
    429: "Too many requests",
    494: "Headers too large",
    500: "Something broke here",
    501: "Not understood",
    502: "No answer",
    503: "Unavailable",
    504: "No answer in time",
    505: "Another version of HTTP",
}
"""What nginx refuses by itself, as a problem document; what the shop says passes unchanged."""
TOLD = {494: 431, 502: 503, 504: 503}
"""Under another status than nginx gives it. A unit that is away is unavailable, as the units say of each other: 503."""


def _problem(status: int, title: str) -> str:
    told = TOLD.get(status, status)
    slug = title.lower().replace(" ", "_")
    body = f'{{"type":"about:blank","title":"{title}","status":{told},"code":"gateway.{slug}"}}'
    retry = "add_header Retry-After 1 always; " if told in {429, 503} else ""
    answer = f"default_type application/problem+json; {retry}return {told} '{body}';"
    # No named location: a request whose first line or head was refused has no path, with which nginx reaches none.
    place = f"/{status}.problem"
    changed = f"={told} " if told != status else ""
    first = "= @again" if status == 502 else f"{changed}{place}"
    return f"        error_page {status} {first};\n        location = {place} {{ internal; {answer} }}"


def _upstream(name: str, gateway: Gateway) -> str:
    """Its instances twice: with a rest for who fails, and without, for a read that found all of them at rest."""
    usual, again = (
        "\n".join(
            f"        server {address}{' resolve' if gateway.resolve else ''} {rest};"
            for address in gateway.units[name]
        )
        for rest in ("max_fails=2 fail_timeout=2s", "max_fails=0")
    )
    return (
        f"    upstream {name} {{\n        zone {name} 64k;\n{usual}\n        keepalive 32;\n    }}\n"
        f"    upstream {name}_again {{\n        zone {name}_again 64k;\n{again}\n    }}"
    )


PUBLIC = {("api", "v1", name) for name in ("brands", "categories", "product-types", "products", "tags")}
"""What anybody may read, so that it is worth keeping."""
CACHED = """\
            limit_req zone=readers burst=1000 nodelay;
            # What is kept are small files that are asked for again and again: each stays open, and one read is less
            # work than sendfile. A file that was replaced is opened anew: the cache knows its inode.
            open_file_cache max=2000 inactive=60s;
            sendfile off;
            # No payment provider stands behind these: who is busy, or builds its search index, is alone in it.
            proxy_next_upstream error timeout http_503;
            proxy_cache public_reads;
            proxy_hide_header X-Request-Id;
            proxy_hide_header RateLimit;
            proxy_hide_header RateLimit-Policy;
            add_header X-Request-Id $safe_request_id always;
            add_header X-Cache $upstream_cache_status always;
"""
"""What was one caller's is not told to the next. A read of what is kept costs nobody anything: more are let in."""


def _location(location: Location, gateway: Gateway) -> str:
    home = gateway.homes[location.context]
    cached = CACHED if location.segments in PUBLIC else ""
    return "\n".join(_proxied(directive, home, cached) for directive in location.directives)


def _proxied(directive: str, unit: str, more: str = "") -> str:
    return f"""\
        location {directive} {{
            set $unit {unit};
            if ($changes) {{ return 418; }}
{more}            proxy_pass http://{unit};
        }}"""


def _inner(gateway: Gateway) -> str:
    calls = "\n".join(
        f"        location ^~ /internal/{context}.v {{ proxy_pass http://{home}; }}"
        for context, home in gateway.homes.items()
    )
    return _INNER.substitute(listen=gateway.inner, calls=calls, accounts=gateway.homes["accounts"])


_INNER = Template("""
    # Calls between units. Each is known by its key, so another instance may be asked whatever was sent already.
    server {
        listen $listen;
        client_max_body_size 10m;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $$host$$asked_port;
        proxy_connect_timeout 1s;
        proxy_read_timeout 5s;
        proxy_next_upstream error timeout non_idempotent;
        proxy_next_upstream_tries 2;
$calls
        location = /.well-known/jwks.json { proxy_pass http://$accounts; }
        location / { return 404; }
    }
""")


_FILE = Template("""\
# Written by `manage.py gateway` from the registry of contexts and their paths. Do not edit.
${user}worker_processes $workers;
worker_rlimit_nofile 8192;
pcre_jit on;
daemon off;
pid $folder/nginx.pid;
error_log /dev/stderr warn;
events { worker_connections 4096; }

http {
    access_log off;
    server_tokens off;
    default_type application/octet-stream;
    client_body_temp_path $folder/body;
    proxy_temp_path $folder/proxy;
    fastcgi_temp_path $folder/fastcgi;
    uwsgi_temp_path $folder/uwsgi;
    scgi_temp_path $folder/scgi;
    proxy_cache_path $folder/cache levels=1:2 keys_zone=public_reads:16m max_size=256m inactive=10m use_temp_path=off;
$resolver
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 65s;
    keepalive_requests 10000;
    client_header_timeout 10s;
    client_body_timeout 15s;
    send_timeout 30s;
    reset_timedout_connection on;
    large_client_header_buffers 4 16k;

    gzip on;
    gzip_comp_level 4;
    gzip_min_length 1024;
    gzip_proxied any;
    gzip_vary on;
    gzip_types application/json application/problem+json application/yaml
        text/css text/plain application/javascript image/svg+xml;

    map $$request_id $$made_request_id {
        "~^(?<a>.{8})(?<b>.{4})(?<c>.{4})(?<d>.{4})(?<e>.{12})$$" $$a-$$b-$$c-$$d-$$e;
    }
    # Only a name that we would make ourselves is taken over from outside.
    map $$http_x_request_id $$safe_request_id {
        default $$made_request_id;
        "~^[A-Za-z0-9-]{8,64}$$" $$http_x_request_id;
    }
    # The port that a client asked for, which $$host leaves out: links lead back to where it came from.
    map $$http_host $$asked_port {
        default "";
        "~(?<port>:[0-9]{1,5})$$" $$port;
    }
    # Units are sent a path as it came, so it must not mean something else to them than it does here.
    map "$$uri $$request_uri" $$crooked {
        volatile;
        default "";
        "~^/404\\.problem " "";
        "~*^\\S* [^?]*(?:/|%2f)(?:\\.|%2e){1,2}(?:/|%2f|[?]|$$)" 1;
        "~* (?:/|%2f)+(?:internal|metrics)" 1;
    }
    map $$http_authorization$$http_cookie $$personal { default 1; "" 0; }
    map $$request_method $$changes { default 1; GET 0; HEAD 0; OPTIONS 0; }
    map $$request_method $$changes_once { default 0; PUT 1; DELETE 1; }

    limit_req_zone $$binary_remote_addr zone=callers:8m rate=200r/s;
    limit_req_zone $$binary_remote_addr zone=readers:8m rate=2000r/s;
    limit_conn_zone $$binary_remote_addr zone=connections:8m;

$upstreams

    server {
        listen $listen default_server;
        server_name _;
        set $$unit $unit;
        # What an operator adds. TLS: "listen 8443 ssl;" and "ssl_certificate tls.crt; ssl_certificate_key tls.key;".
        # Another balancer before this one: "set_real_ip_from 10.0.0.0/8; real_ip_header X-Forwarded-For;
        # real_ip_recursive on;". Without it a client's address is that of its connection, whatever it says.
        include $extra;
        client_max_body_size 10m;
        limit_req zone=callers burst=400 nodelay;
        limit_req_status 429;
        limit_conn connections 200;
        limit_conn_status 429;

        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $$host$$asked_port;
        proxy_set_header X-Forwarded-For $$remote_addr;
        proxy_set_header X-Forwarded-Proto $$scheme;
        proxy_set_header X-Request-Id $$safe_request_id;
        proxy_connect_timeout 1s;
        # A read is asked of another instance when one is silent or gone. A 503 is an answer, with its Retry-After:
        # an instance that passes on that Stripe wants a rest would else be left out, and soon all of them.
        proxy_read_timeout 10s;
        proxy_send_timeout 10s;
        proxy_next_upstream error timeout;
        proxy_next_upstream_tries 3;
        proxy_next_upstream_timeout 25s;
        recursive_error_pages on;
        error_page 418 = @change;
        error_page 419 = @change_once;
        # POST and PATCH: another instance only while nothing was sent, which nginx sees to by itself.
        location @change {
            if ($$changes_once) { return 419; }
            proxy_read_timeout 30s;
            proxy_send_timeout 30s;
            proxy_pass http://$$unit;
        }
        # PUT and DELETE, which nginx would repeat: never. Who gets no answer asks again; If-Match tells what was done.
        location @change_once {
            proxy_read_timeout 30s;
            proxy_send_timeout 30s;
            proxy_next_upstream off;
            proxy_pass http://$$unit;
        }

        # An instance that has failed is tried by one request at a time. A read sent on in that moment finds nobody
        # and would be refused while that instance answers: so it is asked once more, of all of them.
        location @again {
            error_page 502 =503 /502.problem;
            error_page 504 =503 /504.problem;
            if ($$changes) { return 502; }
            proxy_pass http://$${unit}_again;
        }

        # What an answer's Cache-Control allows, and never what was asked with a token or a cookie.
        # No part can be made to look like the end of the one before: the first three hold no space.
        proxy_cache_key "$$scheme $$host $$request_uri $$http_accept";
        proxy_cache_methods GET HEAD;
        proxy_cache_bypass $$personal;
        proxy_no_cache $$personal;
        proxy_cache_lock on;
        proxy_cache_revalidate on;
        proxy_cache_background_update on;
        proxy_cache_use_stale error timeout updating http_502 http_503 http_504;

$problems

        if ($$crooked) { return 404; }
        location ~* ^/(?:internal|metrics) { return 404; }
        location = /healthz { default_type application/json; return 200 '{"status":"ok"}'; }

$locations

$shared
    }
$inner}
""")
