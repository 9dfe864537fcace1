"""Where an infer worker has its frames analysed: in a thread of its own, or by replicas."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from moodtrace.extras import extra
from moodtrace.settings import AnalysisSettings
from workers.fitting import Fitting
from workers.infer import batch_frames
from workers.inference import Submit
from workers.networks import Networks
from workers.serve_client import Observe, ServeClient

Analysing = Callable[[Observe], AbstractContextManager[Submit]]
"""Opens what analyses while a block runs; it tells how long its stages take."""

ANNOUNCED: Final = "auto"
"""In the place of an address: that of the `moodtrace serve` of this data directory."""
DEADLINE_S: Final = 4.0
"""So long one replica may take for a live batch, before another one is asked."""
PATIENCE_S: Final = 5.0
"""So long a batch waits for a replica that is free."""


@contextmanager
def here(networks: Networks, analysis: AnalysisSettings, observe: Observe) -> Iterator[Submit]:
    """Analyse in a thread of this process."""
    analyzer = networks.analyzer(analysis, timed=partial(_timed, observe))
    fitting = Fitting(analyzer, batch_frames(analysis.tiles))
    with ThreadPoolExecutor(1, "analyzer") as pool:
        yield lambda frames, _: pool.submit(fitting, frames)


@contextmanager
def by_replicas(address: str, data_dir: Path, in_flight: int, observe: Observe) -> Iterator[Submit]:
    """Have the replicas of `moodtrace serve` analyse; Ray takes over SIGTERM.

    Args:
        address: of the Ray cluster, `HOST:PORT`, or `ANNOUNCED`.
        data_dir: where its token lies, and its address if it is announced.
        in_flight: batches that may be under way.
        observe: is told how long stages took.

    Raises:
        ServerAwayError: the cluster or the application does not answer.
        NotAllowedError: there is no token, or it is refused.
        ConfigurationError: the extra is missing.
    """
    with extra("stream", "replicas"):
        from workers.deployments import joined, service
    with joined(None if address == ANNOUNCED else address, data_dir):
        call = service(deadline_s=DEADLINE_S, patience_s=PATIENCE_S).call
        with ServeClient(call, in_flight=in_flight, observe=observe) as client:
            yield client.submit


@contextmanager
def _timed(observe: Observe, stage: str) -> Iterator[None]:
    began_s = time.perf_counter()
    try:
        yield
    finally:
        observe(stage, time.perf_counter() - began_s)
