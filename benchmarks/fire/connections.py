"""Attacks on connections: headers, trickles, silence, half-closed and upgraded ones."""

import gzip
import time
from collections.abc import Iterator

from benchmarks.fire.attack import Attack, Scale, Seen, attack
from benchmarks.fire.sockets import (
    JSON,
    ask,
    counts,
    exchange,
    head,
    held_open,
    post,
    statuses,
    text_body,
)
from benchmarks.fire.target import TEXT, Target

_GOOD = text_body(TEXT)
_HEADER_S = 20.0  # twice what the head of a request may take, as this machine may be busy


def _chunked(extension: bytes = b"", trailers: bytes = b"") -> bytes:
    chunk = b"%x%s\r\n%s\r\n" % (len(_GOOD), extension, _GOOD)
    return (
        head("/predict", JSON, "Transfer-Encoding: chunked") + chunk + b"0\r\n" + trailers + b"\r\n"
    )


@attack(
    "100,000 headers, a header of 1 MB, a target of 1 MB, chunk extensions and trailers of 4 MB, "
    "76 MB of headers",
    "431, 414 or 400, and memory within its bound",
)
def large_heads(target: Target, _: Scale) -> Seen:
    line = b"X-Padding: " + b"a" * 1000 + b"\r\n"
    start = b"POST /predict HTTP/1.1\r\nHost: localhost\r\n"
    requests = [
        start + b"A: b\r\n" * 100_000 + b"\r\n",
        start + b"A: " + b"b" * (1 << 20) + b"\r\n\r\n",
        head("/" + "a" * (1 << 20), method="GET"),
        _chunked(extension=b";a=" + b"b" * (4 << 20)),
        _chunked(trailers=b"A: " + b"b" * (4 << 20) + b"\r\n"),
    ]
    found = []
    for request in requests:
        found += statuses(exchange(target, [request], 10))[:1] or [0]
    found += statuses(exchange(target, [start, *[line * 1000] * 76], 10))[:1] or [0]
    held = set(found) <= {0, 400, 413, 414, 431}  # 0: closed with a reset before it was read
    return Seen(counts(found), held)


@attack(
    "A request line, half a head, and nothing at all, then silence",
    f"closed within {_HEADER_S:g} s",
)
def silence(target: Target, _: Scale) -> Seen:
    took = []
    for sent in (b"POST /predict HT", head("/predict", JSON)[:-2], b""):
        since = time.monotonic()
        exchange(target, [sent], _HEADER_S + 5)
        took.append(time.monotonic() - since)
    return Seen(
        "closed after " + ", ".join(f"{seconds:.1f} s" for seconds in took), max(took) < _HEADER_S
    )


@attack("300 connections that say nothing", "the probes and other callers are answered")
def silent_crowd(target: Target, _: Scale) -> Seen:
    with held_open(target, b"", 300) as connections:
        alive, right = target.status(), target.answers_as_before()
    answered = "answered" if right else "not answered"
    return Seen(
        f"{len(connections)} open; /livez {alive}; another caller {answered}",
        alive == 200 and right,
    )


@attack("A head that comes a byte a second", f"closed within {_HEADER_S:g} s")
def trickle(target: Target, _: Scale) -> Seen:
    def slowly() -> Iterator[bytes]:
        for byte in head("/predict", JSON, f"X-Padding: {'a' * 100}"):
            if time.monotonic() - since > _HEADER_S + 2:
                return
            time.sleep(1)
            yield bytes([byte])

    since = time.monotonic()
    exchange(target, slowly(), 1)
    took = time.monotonic() - since
    return Seen(f"closed after {took:.1f} s", took < _HEADER_S + 1)


@attack("A complete request, then the sending side is closed", "answered")
def half_closed(target: Target, _: Scale) -> Seen:
    found = statuses(exchange(target, [post(_GOOD)], 10, half_close=True))
    return Seen(counts(found) or "no answer", found == [200])


@attack(
    "`Upgrade: h2c` and `Upgrade: websocket` with a body that is itself a request",
    "one answer; the body is a body",
)
def smuggled(target: Target, _: Scale) -> Seen:
    inner = head("/model", method="GET")
    upgrades = (
        ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQ"),
        ("Connection: Upgrade", "Upgrade: websocket"),
    )
    seen = [statuses(exchange(target, [post(inner, *lines)], 3)) for lines in upgrades]
    return Seen(
        "; ".join(counts(each) or "no answer" for each in seen),
        all(len(each) == 1 and each[0] in (400, 501) for each in seen),
    )


@attack("Bodies of 9, 20 and 60 MB, sent by httpx and urllib", "413 arrives")
def early_refusals(target: Target, _: Scale) -> Seen:
    found = []
    for megabytes in (9, 20, 60):
        body = b'{"text": "' + b"a" * (megabytes << 20) + b'"}'
        found += [_by_httpx(target, body), _by_urllib(target, body)]
    return Seen(counts(found), set(found) == {413})


def _by_httpx(target: Target, body: bytes) -> int:
    import httpx

    try:
        with target.client() as client:
            headers = {"Content-Type": "application/json"}
            return client.post("/predict", content=body, headers=headers).status_code
    except httpx.HTTPError:
        return 0


def _by_urllib(target: Target, body: bytes) -> int:
    from urllib.error import HTTPError, URLError
    from urllib.request import ProxyHandler, Request, build_opener

    request = Request(  # noqa: S310 -- our own server
        f"{target.url}/predict", body, {"Content-Type": "application/json"}
    )
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=60) as reply:
            return int(reply.status)
    except HTTPError as error:
        return error.code
    except (URLError, OSError):
        return 0


@attack("Media types in every spelling, a byte order mark, gzip", "as the grammar says")
def media_types(target: Target, _: Scale) -> Seen:
    wanted = {
        "application/json": 200,
        "APPLICATION/JSON": 200,
        "application/json; charset=utf-8;": 200,
        'application/json; charset="utf-8"; x=y': 200,
        "application/json; Charset=iso-8859-1": 415,
        "text/plain": 415,
        "application/jsonp": 415,
    }
    wrong = []
    for kind, status in wanted.items():
        found = ask(target, post(_GOOD, f"Content-Type: {kind}"))
        if found != status:
            wrong.append(f"`{kind}`: {found}")
    if (found := ask(target, post(b"\xef\xbb\xbf" + _GOOD))) != 200:
        wrong.append(f"byte order mark: {found}")
    if (found := ask(target, post(gzip.compress(_GOOD), "Content-Encoding: gzip"))) != 200:
        wrong.append(f"gzip: {found}")
    return Seen(", ".join(wrong) or f"{len(wanted) + 2}, each as promised", not wrong)


@attack("A gzip body of 6 MB that becomes 6.4 GB", "413, and memory within its bound")
def gzip_bomb(target: Target, _: Scale) -> Seen:
    once = gzip.compress(b" " * (64 << 20))
    found = ask(target, post(once * 100, "Content-Encoding: gzip"))
    return Seen(counts([found]), found in (400, 413, 415))


@attack("`/livez/` with a foreign `Host`; protocol errors; a websocket", "no redirect; one shape")
def odd_requests(target: Target, _: Scale) -> Seen:
    wrong = []
    elsewhere = exchange(
        target, [b"GET /livez/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"]
    )
    if b"evil.example" in elsewhere:
        wrong.append("/livez/ leads to the host that it was given")
    for request in (b"NONSENSE\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00"):
        received = exchange(target, [request], 5)
        if statuses(received) != [400] or b'"error"' not in received:
            wrong.append(f"{request[:12]!r}: {counts(statuses(received)) or 'no answer'}")
    return Seen("; ".join(wrong) or "each as promised", not wrong)


ATTACKS: tuple[Attack, ...] = (
    large_heads,
    silence,
    silent_crowd,
    trickle,
    half_closed,
    smuggled,
    early_refusals,
    media_types,
    gzip_bomb,
    odd_requests,
)
