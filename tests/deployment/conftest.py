"""A prepared host."""

from pathlib import Path

import pytest

from tests.deployment.prepared import Host, prepared


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """What a host has once `deploy/init.sh` ran."""
    return prepared(tmp_path / "host")
