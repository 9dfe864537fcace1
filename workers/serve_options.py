"""What the Serve application is made of; imports no Ray."""

from pydantic import BaseModel, ConfigDict, Field

from models.registry import YUNET


class ServeOptions(BaseModel):
    """What the application is made of; in a `serve.yaml` these are its `args`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    detector: str = YUNET.id
    shadow: str | None = Field(
        default=None, description="emotion network that sees the same faces and changes nothing"
    )
    replicas: int = Field(default=1, ge=1)
    max_replicas: int | None = Field(
        default=None, ge=1, description="more replicas while batches wait"
    )
    gpus: float = Field(default=0, ge=0, description="share of a GPU that each replica reserves")

    @property
    def most_replicas(self) -> int:
        """How many replicas there may be."""
        return max(self.replicas, self.max_replicas or 0)
