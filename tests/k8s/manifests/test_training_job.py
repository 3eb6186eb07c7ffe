"""The training Job starts what accelerate and our own command line understand, with ranks that find each other."""

from importlib import import_module

import pytest
from cluster import of_kind
from rendering import rendered

from training.tasks import FOLDER, TASKS, default_network

INDEX = "$(JOB_COMPLETION_INDEX)"


@pytest.fixture(params=["training", "training-folder"])
def objects(request):
    return rendered(request.param)


@pytest.fixture
def job(objects):
    (job,) = of_kind(objects, "Job")
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


def test_every_rank_looks_for_the_pod_of_index_0_under_the_name_that_the_service_gives_it(objects, job, launch):
    (service,) = of_kind(objects, "Service")
    name, subdomain = job["metadata"]["name"], job["spec"]["template"]["spec"]["subdomain"]
    assert launch.main_process_ip == f"{name}-0.{subdomain}"
    assert subdomain == service["metadata"]["name"]
    assert service["spec"]["clusterIP"] == "None"
    assert service["spec"]["publishNotReadyAddresses"] is True
    assert launch.main_process_port == service["spec"]["ports"][0]["port"]


def test_what_is_started_is_our_training_with_paths_on_the_mounted_volumes(job, launch):
    import tyro

    assert launch.module
    assert launch.training_script == "training"
    task, *arguments = launch.training_script_args
    recipe = import_module(TASKS[task][default_network(task)])
    config = tyro.cli(recipe.Config, args=arguments)
    mounts = {m["mountPath"] for m in job["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]}
    data = config.path.parent if task == FOLDER else config.data_dir
    assert {str(data), str(config.runs_dir)} <= mounts
    assert str(config.cache_dir.parent) in mounts
    assert config.weights.startswith("/data/")


def test_the_jobs_differ_in_the_task_alone():
    def launched(name):
        (job,) = of_kind(rendered(name), "Job")
        args = job["spec"]["template"]["spec"]["containers"][0].pop("args")
        return job, args[: args.index("training")]

    assert launched("training") == launched("training-folder")
