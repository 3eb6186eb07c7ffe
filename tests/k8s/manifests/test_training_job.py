"""The training Job starts what accelerate and our own command line understand, with ranks that find each other."""

import pytest
from cluster import of_kind
from rendering import rendered

INDEX = "$(JOB_COMPLETION_INDEX)"


@pytest.fixture
def job():
    (job,) = of_kind(rendered("training"), "Job")
    return job


@pytest.fixture
def launch(job):
    """The container's arguments as accelerate parses them, on the pod with index 1."""
    from accelerate.commands.launch import launch_command_parser

    container = job["spec"]["template"]["spec"]["containers"][0]
    assert container["command"] == ["accelerate", "launch"]
    return launch_command_parser().parse_args([part.replace(INDEX, "1") for part in container["args"]])


def test_each_pod_has_the_rank_of_its_index_in_one_group(job, launch):
    assert job["spec"]["completionMode"] == "Indexed"
    assert launch.machine_rank == 1
    assert launch.num_machines == launch.num_processes == job["spec"]["completions"] == job["spec"]["parallelism"]


def test_every_rank_looks_for_the_pod_of_index_0_under_the_name_that_the_service_gives_it(job, launch):
    (service,) = of_kind(rendered("training"), "Service")
    name, subdomain = job["metadata"]["name"], job["spec"]["template"]["spec"]["subdomain"]
    assert launch.main_process_ip == f"{name}-0.{subdomain}"
    assert subdomain == service["metadata"]["name"]
    assert service["spec"]["clusterIP"] == "None"
    assert service["spec"]["publishNotReadyAddresses"] is True
    assert launch.main_process_port == service["spec"]["ports"][0]["port"]


def test_what_is_started_is_our_training_with_paths_on_the_mounted_volumes(job, launch):
    import tyro

    from training.recipes.chest_xray import Config

    assert launch.module
    assert launch.training_script == "training"
    task, *arguments = launch.training_script_args
    assert task == "chest_xray"
    config = tyro.cli(Config, args=arguments)
    mounts = {m["mountPath"] for m in job["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]}
    assert {str(config.data_dir), str(config.runs_dir)} <= mounts
    assert str(config.cache_dir.parent) in mounts
    assert config.weights.startswith("/data/")
