import importlib
import pkgutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = ("moodtrace", "ingest", "workers", "dashboard", "models")
NEED_TORCH = (
    "models.zoo.",
    "models.training.",
    "models.torch_",
    "models.detectors.torch_",
    "models.detectors.mtcnn",
)
NEED_RAY = ("workers.deployments", "moodtrace.commands.serve_run")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_is_the_one_of_this_checkout(package: str) -> None:
    file = importlib.import_module(package).__file__

    assert file is not None
    assert Path(file).parents[1] == ROOT


def test_everything_imports_from_a_built_wheel(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT],
        check=True,
        capture_output=True,
    )
    wheel = next(tmp_path.glob("*.whl"))
    zipfile.ZipFile(wheel).extractall(tmp_path / "unpacked")
    assert (tmp_path / "unpacked/models/weights/moodtrace-emotion.onnx").stat().st_size > 1e6
    names = [
        module.name
        for package in PACKAGES
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}.")
        if not module.name.startswith((*NEED_TORCH, *NEED_RAY))
        and not module.name.endswith("__main__")
    ]
    script = (
        "import importlib, sys\n"
        f"sys.path.insert(0, {str(tmp_path / 'unpacked')!r})\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        "import moodtrace; print(moodtrace.__file__)\n"
        "assert 'torch' not in sys.modules and 'ray' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=False
    )

    assert done.returncode == 0, done.stderr
    assert str(tmp_path) in done.stdout


def test_the_embedded_product_needs_neither_ray_nor_torch() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    base = " ".join(project["dependencies"])

    assert not any(name in base for name in ("ray[", "torch"))
    assert {"stream", "torch", "dev"} <= project["optional-dependencies"].keys()
