"""The batches of an epoch as tensors, in a loader of accelerate."""

from collections.abc import Callable, Sequence
from typing import Any

from sentiment.training.batches import LengthGroupedBatches
from sentiment.training.examples import Examples


def epoch_loader(
    accelerator: Any,
    batches: LengthGroupedBatches,
    skip: int,
    examples: Examples,
    features_of: Callable[[Sequence[int], Sequence[list[int]]], Any],
) -> Any:
    """Return an accelerate loader over this process's batches of an epoch.

    An accelerate loader is needed because it tells `accumulate` when the epoch ends. With
    each batch comes its `share`, by which the loss is scaled: processes' gradients are
    averaged, although their parts of a global batch may differ in size. `batches` skip the
    first `skip`; `features_of` makes padded tensors of the texts at some places of a list.
    """
    import torch
    from accelerate.data_loader import DataLoaderShard

    sizes = [len(batch) for batch in batches.global_batches()[skip:]]
    processes = accelerator.num_processes
    shards = list(batches)
    shares = [len(shard) * processes / size for shard, size in zip(shards, sizes, strict=True)]

    def collate(items: list[tuple[list[int], float]]) -> Any:
        (indices, share) = items[0]
        features = features_of(indices, examples.ids)
        for name in ("targets", "weights"):
            values = getattr(examples, name)[indices]
            features[name] = torch.as_tensor(values, dtype=torch.float32)
        features["share"] = share
        return features

    return DataLoaderShard(
        list(zip(shards, shares, strict=True)),
        device=accelerator.device,
        batch_size=1,
        shuffle=False,
        collate_fn=collate,
        generator=torch.Generator(),  # else it draws from the global one, as dropout does
    )
