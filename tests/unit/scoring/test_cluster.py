"""How a Ray cluster is shared out, and what is told where there is none."""

import pytest

from sentiment.errors import UsageError
from sentiment.scoring import cluster


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
