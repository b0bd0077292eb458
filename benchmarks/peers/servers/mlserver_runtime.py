"""MLServer's Hugging Face runtime, with the two settings of its pipeline that it has no name for.

By itself it takes a padding token of id 0, as BERT has, for none at all, and then
computes each batch one text at a time; and it does not cut texts.
"""

from mlserver_huggingface import HuggingFaceRuntime


class Runtime(HuggingFaceRuntime):
    """The runtime with batches computed as batches, and long texts cut."""

    async def load(self) -> bool:
        loaded: bool = await super().load()
        self._model._batch_size = self.settings.max_batch_size
        self._model._preprocess_params["truncation"] = True
        return loaded
