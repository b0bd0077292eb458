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

_MAY_FAIL = {503, 504}


def _requests(model: str) -> Any:
    """Return a strategy of paths and bodies: JSON of any shape, any text, bytes bent by force."""
    from hypothesis import strategies as st

    any_character = st.characters(exclude_categories=())  # halves of surrogate pairs too
    names = st.text(any_character, max_size=9)
    texts = st.one_of(
        st.text(any_character, max_size=200),
        st.text(st.characters(min_codepoint=0x300, max_codepoint=0x36F), max_size=200),
        st.sampled_from(["", " ", "\x00", "\ufeff", "\u202e", "a" * 5000, "\U0001f600" * 500]),
        st.builds(lambda part, times: part * times, st.text(max_size=3), st.integers(0, 2000)),
    )
    values = st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts),
        lambda inner: st.one_of(
            st.lists(inner, max_size=8), st.dictionaries(names, inner, max_size=5)
        ),
        max_leaves=20,
    )
    several = st.lists(st.one_of(texts, values), max_size=20)
    either, flags = st.one_of(texts, several), st.one_of(st.booleans(), values)
    wishes = {"sentences": flags, "explain": flags, "warnings": flags}
    tensors = st.fixed_dictionaries(
        {"name": st.just("text"), "datatype": st.just("BYTES"), "data": several},
        optional={"shape": st.lists(st.integers(0, 20), max_size=2), "parameters": values},
    )
    asked = {"id": texts, "parameters": values, "outputs": values}
    fields: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "/predict": ({"text": texts}, wishes),
        "/predict/batch": ({"texts": several}, wishes),
        "/": ({"inputs": either}, {"parameters": values}),
        "/classify": ({"input": either}, {"model": texts, "request_id": texts, "user": values}),
        f"/v2/models/{model}/infer": ({"inputs": st.lists(tensors, max_size=2)}, asked),
    }
    return st.one_of(
        *(
            st.tuples(
                st.just(path),
                _bodies(st.one_of(st.fixed_dictionaries(needed, optional=optional), values)),
            )
            for path, (needed, optional) in fields.items()
        )
    )


def _bodies(objects: Any) -> Any:
    """Return a strategy of bodies that hold such objects, or nearly."""
    from hypothesis import strategies as st

    written = st.builds(
        lambda value, plain: json.dumps(value, ensure_ascii=plain).encode(errors="surrogatepass"),
        objects,
        st.booleans(),
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
    "Bodies for every route, made by a grammar: JSON of any shape, texts of any kind, bytes put in "
    "and left out",
    "no status of 500 and above but 503 and 504",
)
def hostile_bodies(target: Target, scale: Scale) -> Seen:
    from hypothesis import HealthCheck, Phase, given, settings

    found: Counter[int] = Counter()
    with target.client() as client:

        @settings(
            max_examples=scale.bodies,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(request=_requests(target.model.tag.partition(":")[0]))
        def send(request: tuple[str, bytes]) -> None:
            path, body = request
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


EXPLAINED: dict[str, str] = {
    r"(POST \S+|Stateful tests) ST201 413": "what is longer than the document says is refused, "
    "with 413",
    r"(POST \S+|Stateful tests) ST202 (422|413)": "which texts a model can read, how long they are "
    "once they are cleaned and whether a shape is that of its data is more than a schema can say",
    r"(POST \S+/infer|Stateful tests) ST202 400": "JSON with bytes after it is no string of which "
    "a schema tells",
}
"""What schemathesis reports and why it is right all the same.

A pattern for operation, code of the failure and status of the answer, and the reason.
"""


def _failures(report: str) -> list[str]:
    """Return operation, code and title, and status of each failure in a report."""
    found = re.findall(
        r"^_+ (?P<operation>\S+ \S+) _+$|^- (?P<code>ST\d+) (?P<title>.+)$|^\[(?P<status>\d+)\]",
        report,
        flags=re.MULTILINE,
    )
    failures, operation, codes = [], "", []
    for heading, code, title, status in found:
        operation = heading or operation
        codes += [(code, title)] if code else []
        if status:
            failures += [f"{operation} {code} {status}: {title}" for code, title in codes]
            codes = []
    return failures


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
    failures = _failures(ended.stdout)
    reasons = [
        next((EXPLAINED[each] for each in EXPLAINED if re.match(each, failure)), "")
        for failure in failures
    ]
    unexplained = [failure for failure, reason in zip(failures, reasons, strict=True) if not reason]
    summary = re.findall(r"^.*\d+ (?:generated|passed|failed).*$", ended.stdout, flags=re.MULTILINE)
    explained = [
        f"{count} explained: {reason}" for reason, count in Counter(reasons).items() if reason
    ]
    seen = "; ".join([*dict.fromkeys(line.strip() for line in summary), *unexplained, *explained])
    return Seen(
        seen[:1000] or ended.stderr[-200:],
        ended.returncode == 0 or (bool(failures) and not unexplained),
    )


ATTACKS: tuple[Attack, ...] = (hostile_bodies, generated_requests)
