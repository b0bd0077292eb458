"""Bodies that a grammar makes, and requests that schemathesis makes of the OpenAPI document."""

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from benchmarks.fire.attack import Attack, Scale, Seen, attack
from benchmarks.fire.target import Target

_PATHS = ("/predict", "/predict/batch")
_MAY_FAIL = {503, 504}


def _bodies() -> Any:
    """Return a strategy of bodies: JSON of any shape, any text, and bytes bent by force."""
    from hypothesis import strategies as st

    texts = st.one_of(
        st.text(max_size=200),
        st.text(st.characters(min_codepoint=0x300, max_codepoint=0x36F), max_size=200),
        st.sampled_from(["", " ", "\x00", "\ufeff", "\u202e", "a" * 5000, "\U0001f600" * 500]),
        st.builds(lambda part, times: part * times, st.text(max_size=3), st.integers(0, 2000)),
    )
    values = st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts),
        lambda inner: st.one_of(
            st.lists(inner, max_size=8), st.dictionaries(st.text(max_size=9), inner, max_size=5)
        ),
        max_leaves=20,
    )
    objects = st.one_of(
        st.fixed_dictionaries({"text": texts}),
        st.fixed_dictionaries({"texts": st.lists(texts, max_size=20)}),
        st.fixed_dictionaries({"texts": st.lists(values, max_size=8)}),
        st.dictionaries(st.sampled_from(["text", "texts", "Text", ""]), values, max_size=3),
        values,
    )
    ascii_too = st.booleans()
    written = st.builds(
        lambda value, plain: json.dumps(value, ensure_ascii=plain).encode(errors="surrogatepass"),
        objects,
        ascii_too,
    )

    def bent(body: bytes, at: int, put: bytes, dropped: int) -> bytes:
        place = at % (len(body) + 1)
        return body[:place] + put + body[place + dropped :]

    puts = st.one_of(
        st.binary(max_size=4),
        st.sampled_from([b'"', b"\\ud800", b"{", b"[", b"]" * 50, b"NaN", b"1e999", b"9" * 5000]),
    )
    broken = st.builds(bent, written, st.integers(0, 10_000), puts, st.integers(0, 9))
    return st.one_of(written, broken, st.binary(max_size=300))


@attack(
    "Bodies made by a grammar: JSON of any shape, texts of any kind, bytes put in and left out",
    "no status of 500 and above but 503 and 504",
)
def hostile_bodies(target: Target, scale: Scale) -> Seen:
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st

    found: Counter[int] = Counter()
    with target.client() as client:

        @settings(
            max_examples=scale.bodies,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(path=st.sampled_from(_PATHS), body=_bodies())
        def send(path: str, body: bytes) -> None:
            try:
                headers = {"Content-Type": "application/json"}
                found[client.post(path, content=body, headers=headers).status_code] += 1
            except httpx.HTTPError:
                found[0] += 1

        send()
    words = ", ".join(
        f"{count:,} x {status or 'no answer'}" for status, count in sorted(found.items())
    )
    return Seen(words, all(0 < status < 500 or status in _MAY_FAIL for status in found))


EXPLAINED: dict[str, str] = {}
"""What schemathesis reports and why it is right all the same: a pattern, and the reason."""


@attack(
    "schemathesis: every operation of `/openapi.json`, all checks",
    "no failure that is not explained",
)
def generated_requests(target: Target, scale: Scale) -> Seen:
    program = Path(sys.executable).with_name("schemathesis")
    with tempfile.TemporaryDirectory() as folder:
        ended = subprocess.run(
            [
                *(str(program), "run", f"{target.url}/openapi.json", "--no-color"),
                *("--checks", "all", "--max-examples", str(scale.examples)),
                *("--workers", "1", "--continue-on-failure"),
            ],
            cwd=folder,
            capture_output=True,
            text=True,
        )
    failures = re.findall(r"^- (.+)$", ended.stdout, flags=re.MULTILINE)
    unexplained = [
        failure for failure in failures if not any(re.search(each, failure) for each in EXPLAINED)
    ]
    summary = re.findall(r"^.*\d+ (?:generated|passed|failed).*$", ended.stdout, flags=re.MULTILINE)
    seen = "; ".join([*dict.fromkeys(line.strip() for line in summary), *Counter(unexplained)])
    return Seen(
        seen[:500] or ended.stderr[-200:],
        ended.returncode == 0 or (bool(failures) and not unexplained),
    )


ATTACKS: tuple[Attack, ...] = (hostile_bodies, generated_requests)
