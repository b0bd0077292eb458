"""MLServer's Hugging Face runtime, with two settings of its pipeline that it does not offer.

By default it treats a padding token of id 0, which BERT has, as no padding token, and so
computes each batch one text at a time. It also does not cut long texts.
"""

from mlserver_huggingface import HuggingFaceRuntime


class Runtime(HuggingFaceRuntime):
    """The runtime with batches computed as batches, and long texts cut."""

    async def load(self) -> bool:
        loaded: bool = await super().load()
        self._model._batch_size = self.settings.max_batch_size
        self._model._preprocess_params["truncation"] = True
        return loaded
