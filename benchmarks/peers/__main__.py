"""Tries the peers: installs each, starts it, compares its answers with torch in fp32, stops it.

  python -m benchmarks.peers                    all of them
  python -m benchmarks.peers naive litserve     these

It measures only how long each takes until it is ready. It exits with 1 if a peer answers
wrongly; a peer that cannot be installed or started here is listed with the reason.
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from benchmarks.markdown import table
from benchmarks.peers.environment import ENVIRONMENTS, PeerUnavailable, environment, versions
from benchmarks.peers.peer import PEERS, Peer
from benchmarks.peers.process import exit_on_sigterm, serving
from benchmarks.reviews import reviews
from sentiment import cli, store
from sentiment.calibration import probabilities
from sentiment.inference.predictor import Predictor
from sentiment.settings import EngineSettings
from sentiment.text import clean

TEXTS = 8
WRONG = "WRONG"


def main() -> None:
    """Try the peers that the command line names, and print a table of the outcome."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [peer.name for peer in PEERS]
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names))
    parser.add_argument("--model", default="sentiment", metavar="TAG", help="model to serve")
    parser.add_argument("--environments", type=Path, default=ENVIRONMENTS, help="where they lie")
    given = parser.parse_args()
    exit_on_sigterm()
    if unknown := set(given.names) - set(names):
        parser.error(f"no such peer: {', '.join(sorted(unknown))}; there are: {', '.join(names)}")
    model = store.find(given.model)
    expected = _expected(model)
    chosen = [peer for peer in PEERS if peer.name in (given.names or names)]
    rows = []
    for peer in chosen:
        print(f"{peer.name} ...", file=sys.stderr, flush=True)
        rows.append(_row(peer, given.environments, model.folder, expected))
    print(table(["peer", "versions", "answers", "largest difference", "ready in s"], rows))
    if any(WRONG in row[2] for row in rows):
        sys.exit(1)


def _expected(model: store.StoredModel) -> dict[str, float]:
    """Return texts that need not be cut, each with the uncalibrated answer of torch in fp32.

    The answer is the probability of `positive`.
    """
    predictor = Predictor.load(model, EngineSettings.parse({"backend": "torch", "device": "cpu"}))
    cleaned = [clean(text) for text in reviews(10 * TEXTS)]
    encodings = dict(zip(cleaned, predictor.tokenizer.encode_batch(cleaned), strict=True))
    whole = [text for text, encoding in encodings.items() if not encoding.truncated][:TEXTS]
    rows = probabilities(predictor.logits([encodings[text] for text in whole]))
    return dict(zip(whole, rows[:, model.card.labels.index("positive")].tolist(), strict=True))


def _row(peer: Peer, root: Path, model_folder: Path, expected: dict[str, float]) -> list[str]:
    """Return a peer's row of the table."""
    shown = ""
    try:
        python = environment(peer, root)
        shown = ", ".join(f"{name} {number}" for name, number in versions(peer, python).items())
        with serving(peer, python, model_folder) as server:
            answers = _ask(peer, server.url, list(expected))
    except PeerUnavailable as error:
        return [peer.name, shown, f"skipped: {error}", "", ""]
    except httpx.HTTPError as error:
        return [peer.name, shown, f"{WRONG}: {error}", "", ""]
    worst = max(abs(answers[text] - expected[text]) for text in expected)
    verdict = "ok" if worst <= peer.tolerance else WRONG
    return [peer.name, shown, verdict, f"{worst:.4f}", f"{server.seconds_to_ready:.1f}"]


def _ask(peer: Peer, url: str, texts: list[str]) -> dict[str, float]:
    """Return the probability of `positive` of each text; all are asked at once, as one batch."""

    def one(text: str) -> float:
        headers = {"Content-Type": "application/json"}
        reply = httpx.post(url + peer.route, content=peer.body(text), headers=headers, timeout=60)
        return peer.positive(reply.raise_for_status().json())

    with ThreadPoolExecutor(len(texts)) as pool:
        return dict(zip(texts, pool.map(one, texts), strict=True))


if __name__ == "__main__":
    sys.exit(cli.run(main))
