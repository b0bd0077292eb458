"""The settings of the engine: backend, precision, device, threads."""

from typing import Literal

from pydantic import Field

from sentiment.settings.base import Settings

# Upper bounds. Each is far above what is of use, and below what does harm.
_THREADS = 1024  # no machine has more cores, and each thread has a stack and its own buffers
_STREAMS = 256  # a stream has buffers of its own, 10 MB and more

Device = Literal["auto", "cpu", "cuda"]


class EngineSettings(Settings):
    """What computes, on the command line and in the server."""

    backend: Literal["auto", "openvino", "onnxruntime", "torch"] = Field(
        "auto",
        description="auto: torch on CUDA, else the first that is there of openvino, onnxruntime, "
        "torch",
    )
    precision: Literal["auto", "int8", "bf16", "fp32"] = Field(
        "auto",
        description="auto: the fastest native one of int8 (if the model has it), bf16, fp32",
    )
    cascade: Literal["auto", "off"] = Field(
        "auto",
        description="auto: n-grams answer what they are sure of, if the model has any; off: the "
        "encoder answers everything",
    )
    device: Device = Field("auto", description="auto takes CUDA where there is one")
    threads: int = Field(
        0,
        ge=0,
        le=_THREADS,
        description="threads of the engine; 0: OMP_NUM_THREADS, else the cores it may use",
    )
    streams: int = Field(
        0,
        ge=0,
        le=_STREAMS,
        description="micro-batches computed at once; 0: with openvino one a thread, or one for "
        "four threads with an encoder of 50 million parameters or more; else one",
    )
