"""What docs/how-to/scale-out.md shows is what the code and Ray read, and so is what Ray asks."""

import re
from typing import Any

import pytest
from ray.serve._private.common import DeploymentID, ReplicaID
from ray.serve.config import AutoscalingContext
from ray.serve.schema import ServeDeploySchema
from ruamel.yaml import YAML

from tests.conftest import ROOT
from workers import deployments, scaling
from workers.serve_options import APPLICATION, ServeOptions

BLOCK = re.compile(r"```yaml\n# (\S+)\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def files() -> dict[str, Any]:
    """The YAML files of the page by name."""
    page = (ROOT / "docs/how-to/scale-out.md").read_text("utf-8")
    return {name: YAML(typ="safe").load(text) for name, text in BLOCK.findall(page)}


def test_the_application_is_described_as_serve_reads_it(files: dict[str, Any]) -> None:
    described = ServeDeploySchema.model_validate(files["serve.yaml"])
    (application,) = described.applications

    assert described.proxy_location.value == "Disabled"
    assert application.name == APPLICATION
    module, _, function = application.import_path.partition(":")
    assert module == deployments.__name__
    assert callable(getattr(deployments, function))
    assert ServeOptions.model_validate(application.args).most_replicas == 8


def test_the_file_of_the_page_is_what_the_command_prints(files: dict[str, Any]) -> None:
    options = ServeOptions(replicas=4, max_replicas=8)

    assert YAML(typ="safe").load(options.serve_yaml()) == files["serve.yaml"]


def test_the_cluster_asks_for_the_token_and_keeps_pictures_in_memory(files: dict[str, Any]) -> None:
    cluster = files["raycluster.yaml"]
    groups = [cluster["spec"]["headGroupSpec"], *cluster["spec"]["workerGroupSpecs"]]
    containers = [group["template"]["spec"]["containers"][0] for group in groups]

    assert (cluster["apiVersion"], cluster["kind"]) == ("ray.io/v1", "RayCluster")
    assert cluster["spec"]["authOptions"] == {"mode": "token"}
    assert f"ray=={cluster['spec']['rayVersion']}" in (ROOT / "constraints.txt").read_text().split()
    assert len({container["image"] for container in containers}) == 1
    for container in containers:
        environment = {entry["name"]: entry["value"] for entry in container["env"]}
        assert environment["RAY_automatic_object_spilling_enabled"] == "0"
        assert environment["RAY_USAGE_STATS_ENABLED"] == "0"


def test_only_the_cluster_and_its_operator_reach_its_ports(files: dict[str, Any]) -> None:
    policy = files["networkpolicy.yaml"]["spec"]
    name = files["raycluster.yaml"]["metadata"]["name"]

    assert policy["podSelector"]["matchLabels"] == {"ray.io/cluster": name}
    (rule,) = policy["ingress"]
    assert [next(iter(peer["podSelector"]["matchLabels"])) for peer in rule["from"]] == [
        "ray.io/cluster",
        "app.kubernetes.io/name",
    ]


def test_serve_asks_how_many_there_shall_be_as_we_understand_it() -> None:
    seen = AutoscalingContext(
        deployment_id=DeploymentID("FaceAnalyzer", APPLICATION),
        deployment_name="FaceAnalyzer",
        app_name=APPLICATION,
        current_num_replicas=2,
        target_num_replicas=2,
        running_replicas=[],
        total_num_requests=lambda: 3.0,
        total_queued_requests=lambda: 1.0,
        aggregated_metrics=lambda: {scaling.LATENESS: {ReplicaID("a", DeploymentID("b")): 1.5}},
        raw_metrics=None,
        capacity_adjusted_min_replicas=1,
        capacity_adjusted_max_replicas=8,
        policy_state={},
        last_scale_up_time=None,
        last_scale_down_time=None,
        current_time=None,
        config=None,
    )

    assert scaling.policy(seen) == (3, {})
