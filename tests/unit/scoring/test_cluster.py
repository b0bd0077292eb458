"""How a Ray cluster is shared out, and what is told where there is none."""

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from sentiment.data.remote import path_of
from sentiment.errors import DataError, UsageError
from sentiment.inference.predictor import Predictor
from sentiment.scoring import cluster
from sentiment.scoring.chunks import Stretch, read_chunks
from sentiment.scoring.scorer import score


def test_without_ray_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"needs the package ray.*requirements/ray\.txt"):
        cluster.require_ray()


@pytest.mark.parametrize(
    ("cores", "expected"),
    [([0, 1, 1], (2, 1)), ([4], (1, 4)), ([4, 4, 8], (4, 4)), ([2.0, 5.0], (3, 2))],
)
def test_actors_share_out_the_cores(cores: list[float], expected: tuple[int, int]) -> None:
    nodes = [{"Alive": True, "Resources": {"CPU": each}} for each in cores]
    actors, resources = cluster._layout(nodes, cuda=False)
    assert (actors, resources["num_cpus"]) == expected


def test_each_gpu_has_an_actor() -> None:
    nodes = [{"Alive": True, "Resources": {"CPU": 8, "GPU": each}} for each in (2, 1)]
    assert cluster._layout(nodes, cuda=True) == (3, {"num_gpus": 1, "num_cpus": 1})


def test_a_cluster_without_cores_is_told() -> None:
    nodes = [{"Alive": False, "Resources": {"CPU": 8}}, {"Alive": True, "Resources": {}}]
    with pytest.raises(UsageError, match="no CPU"):
        cluster._layout(nodes, cuda=False)


@pytest.mark.parametrize(
    ("size", "actors", "shares"), [(0, 4, 1), (None, 4, 1), (1 << 20, 4, 1), (1 << 28, 3, 3)]
)
def test_a_large_file_is_shared_out_among_actors(
    size: int | None, actors: int, shares: int
) -> None:
    stretch = Stretch(0, path_of("s3://bucket/a.csv"), "text")
    found = cluster.shared_out(stretch, size, actors)
    assert [(each.share, each.of) for each in found] == [(n, shares) for n in range(shares)]


def test_a_worker_reads_its_stretch_by_itself_and_sends_no_texts(
    predictor: Callable[..., Predictor], tmp_path: Path
) -> None:
    path, ours = tmp_path / "a.csv", predictor()
    path.write_text("id,text\n1,good film\n2,\n")
    stretch = Stretch(3, path, "text", keep=("id",))
    (sent,) = map(pickle.loads, cluster.scored_items(ours, pickle.dumps(stretch)))
    (here,) = score(ours, read_chunks([stretch]))
    assert sent.predictions == here.predictions
    assert [line.kept for line in sent.chunk.lines] == [("1",), ("2",)]
    assert [line.text for line in sent.chunk.lines] == ["", ""]


def test_what_a_worker_cannot_read_is_sent_as_an_error(
    predictor: Callable[..., Predictor], tmp_path: Path
) -> None:
    stretch = pickle.dumps(Stretch(0, tmp_path / "a.csv", "text"))
    (sent,) = map(pickle.loads, cluster.scored_items(predictor(), stretch))
    assert isinstance(sent, DataError)
    assert "No such file" in str(sent)


def test_workers_are_sent_the_variables_of_their_file_systems_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AZURE_STORAGE_ACCOUNT_KEY", "HOME_OF_OTHERS"):
        monkeypatch.setenv(name, "value")
    stretches = [Stretch(0, path_of("s3://bucket/a.csv"), "text")]
    sent = cluster.environment_of(stretches)
    assert sent["AWS_ACCESS_KEY_ID"] == "value"
    assert all(name.startswith("AWS_") for name in sent)
