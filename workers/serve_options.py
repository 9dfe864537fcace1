"""What the Serve application is made of, as options or as a file; imports no Ray."""

import io
from typing import Final

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML

from models.registry import YUNET
from moodtrace.errors import ConfigurationError

APPLICATION: Final = "moodtrace"
"""Name of the application on its cluster."""


class ServeOptions(BaseModel):
    """What the application is made of; in a `serve.yaml` these are its `args`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    detector: str = YUNET.id
    shadow: str | None = Field(
        default=None, description="emotion network that sees the same faces and changes nothing"
    )
    replicas: int = Field(default=1, ge=1)
    max_replicas: int | None = Field(
        default=None, ge=1, description="more replicas while frames wait for long"
    )
    gpus: float = Field(default=0, ge=0, description="share of a GPU that each replica runs on")

    @property
    def most_replicas(self) -> int:
        """How many replicas there may be."""
        return max(self.replicas, self.max_replicas or 0)

    def require_room(self, gpus: int) -> None:
        """Refuse shares of GPUs that a cluster does not have: Serve would wait for them for ever.

        Args:
            gpus: of the cluster.

        Raises:
            ConfigurationError: there are too few.
        """
        if not self.gpus:
            return
        room = gpus * int(1 / self.gpus) if self.gpus <= 1 else gpus // int(self.gpus)
        if room < self.most_replicas:
            raise ConfigurationError(
                f"the cluster has too few GPUs: {gpus}",
                where=f"room for {room} of {self.most_replicas} replicas with {self.gpus:g} each",
                try_this="fewer --replicas, a smaller share of --gpus, or none",
            )

    def serve_yaml(self) -> str:
        """Return the file that describes the application to `serve run` and to a `RayService`."""
        application = {
            "name": APPLICATION,
            "route_prefix": None,
            "import_path": "workers.deployments:build",
            "args": self.model_dump(exclude_defaults=True) | {"detector": self.detector},
        }
        text = io.StringIO()
        YAML().dump({"proxy_location": "Disabled", "applications": [application]}, text)
        return text.getvalue()
