"""What a run trains on: accelerate, device and precision, and how its first process prints."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sentiment.allocator import keep_freed_memory
from sentiment.errors import UsageError
from sentiment.inference.torch_engine import pick_device
from sentiment.settings import TrainingSettings
from sentiment.training import hardware

PrintLine = Callable[[str], object]


@dataclass(frozen=True)
class Machine:
    """What a run trains on, and how its first process prints."""

    accelerator: Any
    precision: str
    description: str
    print_line: PrintLine

    @property
    def processes(self) -> int:
        """How many processes train together, each on its part of a batch."""
        return int(self.accelerator.num_processes)


def start_machine(settings: TrainingSettings) -> Machine:
    """Start accelerate in this process, with the device and precision that it will use."""
    from accelerate import Accelerator
    from accelerate.utils import ProjectConfiguration

    device = pick_device(settings.device)
    precision = hardware.resolve_precision(settings, device)
    keep_freed_memory()
    tracker = None if settings.track == "none" else settings.track
    if tracker:
        _require(tracker)
    accelerator = Accelerator(
        cpu=device == "cpu",
        mixed_precision="no" if precision == "fp32" else precision,
        gradient_accumulation_steps=settings.accumulation,
        log_with=tracker,
        project_config=ProjectConfiguration(project_dir="runs" if tracker else None),
    )
    accelerator.init_trackers(settings.name)
    description = hardware.describe_hardware(device, int(accelerator.num_processes))
    print_line = partial(print, flush=True) if accelerator.is_main_process else _discard
    return Machine(accelerator, precision, description, print_line)


def _require(tracker: str) -> None:
    from importlib.util import find_spec

    if find_spec(tracker) is None:
        raise UsageError(f"--track {tracker} needs a package.", f"Run: pip install {tracker}")


def _discard(_: str) -> None:
    """Stand in for print on all processes but the first."""
