"""What several test folders share: the real MNIST files, and modules run as a user runs them."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from commands import run_forked

ROOT = Path(__file__).parents[1]
FILM_SETS = ("chest_xray", "chest_xray_more", "chest_xray_external", "darkcovidnet")
BESIDE_FILMS = ("chest_xray_boxes.csv", "chest_xray_labels_bimcv.csv", "chest_xray_labels_nih.csv", "not_frontal.tgz")
DATA_PLACES = (ROOT / "data", ROOT.parent / "shared" / "data")


def linked(data_dir: Path, *names: str) -> Path:
    """`data_dir` with links to the archives `names`; skips where no place on this machine has them all."""
    for place in DATA_PLACES:
        if all((place / name).is_file() for name in names):
            for name in names:
                (data_dir / name).symlink_to(place / name)
            return data_dir
    pytest.skip(f"{', '.join(names)} is in neither data/ nor ../shared/data")


@pytest.fixture(scope="session")
def mnist_dir(tmp_path_factory) -> Path:
    """A data folder with a copy of the four MNIST archives; skips where they are not on this machine."""
    for place in DATA_PLACES:
        archives = list((place / "MNIST" / "raw").glob("*-ubyte.gz"))
        if len(archives) == 4:
            data_dir = tmp_path_factory.mktemp("data")
            raw = data_dir / "MNIST" / "raw"
            raw.mkdir(parents=True)
            for archive in archives:
                (raw / archive.name).write_bytes(archive.read_bytes())
            return data_dir
    pytest.skip("the four MNIST archives are in neither data/ nor ../shared/data")


@pytest.fixture(scope="session")
def flowers_dir(tmp_path_factory) -> Path:
    """A data folder with flower_photos.tgz; skips where it is not on this machine."""
    return linked(tmp_path_factory.mktemp("flowers"), "flower_photos.tgz")


@pytest.fixture(scope="session")
def small_flowers_dir(flowers_dir, tmp_path_factory) -> Path:
    """A data folder with every fourth photo of flower_photos: a command decodes all photos that it is given."""
    data_dir = tmp_path_factory.mktemp("small_flowers")
    with tarfile.open(flowers_dir / "flower_photos.tgz") as whole:
        photos = [member for member in whole if member.name.endswith(".jpg")]
        whole.extractall(data_dir, photos[::4], filter="data")
    return data_dir


@pytest.fixture(scope="session")
def small_flowers(small_flowers_dir):
    """The splits of those photos."""
    from training.data.flowers import load_flowers

    return load_flowers(small_flowers_dir)


@pytest.fixture(scope="session")
def cifar10_dir(tmp_path_factory) -> Path:
    """A data folder with cifar10_jpeg.tgz; skips where it is not on this machine."""
    return linked(tmp_path_factory.mktemp("cifar10"), "cifar10_jpeg.tgz")


@pytest.fixture(scope="session")
def cifar10(cifar10_dir):
    """The whole splits of CIFAR-10 as JPEG."""
    from training.data.cifar10 import load_cifar10

    return load_cifar10(cifar10_dir, val_share=0.1)


@pytest.fixture(scope="session")
def small_cifar10_dir(cifar10_dir, tmp_path_factory) -> Path:
    """A data folder with a cifar10_jpeg.tgz of 40 training and 10 test images a class."""
    wanted = {"train": 40, "test": 10}
    data_dir = tmp_path_factory.mktemp("small_cifar10")
    found: dict[str, int] = {}
    name = "cifar10_jpeg.tgz"
    with tarfile.open(cifar10_dir / name) as whole, tarfile.open(data_dir / name, "w:gz") as small:
        for member in whole:
            folder = member.name.rpartition("/")[0]
            if member.isfile() and found.get(folder, 0) < wanted[folder.split("/")[1]]:
                found[folder] = found.get(folder, 0) + 1
                small.addfile(member, whole.extractfile(member))
    assert len(found) == 20
    return data_dir


@pytest.fixture(scope="session")
def small_cifar10(small_cifar10_dir):
    """The splits of those 500 images."""
    from training.data.cifar10 import load_cifar10

    return load_cifar10(small_cifar10_dir, val_share=0.25)


@pytest.fixture(scope="session")
def flowers(flowers_dir):
    """The whole splits of flower_photos."""
    from training.data.flowers import load_flowers

    return load_flowers(flowers_dir)


@pytest.fixture(scope="session")
def run_module():
    """Call `python -m MODULE ARGUMENTS...` in the repository; the completed process, its output as text."""

    def run(module, *arguments):
        if module.partition(".")[0] in ("training", "export", "evidence"):
            return run_forked(module, *arguments)
        command = [sys.executable, "-m", module, *map(str, arguments)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="session")
def shipped_path() -> Path:
    return ROOT / "models" / "digits.onnx"


@pytest.fixture(scope="session")
def shipped(shipped_path):
    from fovea import load

    return load(shipped_path)


@pytest.fixture(scope="session")
def tiny_path(tmp_path_factory) -> Path:
    """A model of one number: `layer1` is the mean m of all pixels in 0..1, the logits are (0, 4 m, 2 m - 2)."""
    import onnx
    from onnx import TensorProto, helper
    from revisions import stamp

    from fovea import Layer, ModelSpec

    constants = {"weight": ((1, 3), [0, 4, 2]), "bias": ((3,), [0, 0, -2]), "full": ((), [255])}
    initializers = [helper.make_tensor(name, TensorProto.FLOAT, *value) for name, value in constants.items()]
    nodes = [
        helper.make_node("Cast", ["pixels"], ["levels"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["levels"], ["flat"]),
        helper.make_node("Div", ["flat", "full"], ["scaled"]),
        helper.make_node("ReduceMean", ["scaled", "axes"], ["layer1"], keepdims=1),
        helper.make_node("Gemm", ["layer1", "weight", "bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["N", 28, 28, 1])],
        [
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", 3]),
            helper.make_tensor_value_info("layer1", TensorProto.FLOAT, ["N", 1]),
        ],
        [*initializers, helper.make_tensor("axes", TensorProto.INT64, (1,), [1])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    spec = ModelSpec(
        task="tiny",
        title="Dark or light",
        architecture="one mean",
        classes=("dark", "light", "neither"),
        height=28,
        width=28,
        channels=1,
        fit="stretch",
        parameters=6,
        training_data="none",
        data_licence="none",
        licence="Apache-2.0",
        limits=("it knows nothing",),
        created="2026-01-01",
        layers=(Layer("layer1", "the mean", (1,), 0),),
        opset=18,
    )
    stamp(model, spec=spec.to_json())
    path = tmp_path_factory.mktemp("tiny") / "tiny.onnx"
    onnx.save(model, path)
    return path


@pytest.fixture(scope="session")
def tiny(tiny_path):
    from fovea import load

    return load(tiny_path)


@pytest.fixture(autouse=True)
def fresh_accelerator():
    """accelerate keeps one state per process, precision included; a test leaves none for the next."""
    yield
    if "accelerate" in sys.modules:
        sys.modules["accelerate"].state.AcceleratorState._reset_state(reset_partial_state=True)


@pytest.fixture(scope="session")
def films_dir(tmp_path_factory) -> Path:
    """A data folder with the sets of chest films and what is beside them; skips where they are not on this machine."""
    return linked(tmp_path_factory.mktemp("films"), *(f"{name}.tgz" for name in FILM_SETS), *BESIDE_FILMS)


@pytest.fixture(scope="session")
def films(films_dir):
    """All films of chest_xray.tgz."""
    from training.data.chest_xray import load_films

    return load_films(films_dir)


@pytest.fixture(scope="session")
def small_films_dir(films_dir, tmp_path_factory) -> Path:
    """A data folder with every sixth film of each set, and what is beside: a command decodes all that it is given."""
    data_dir = tmp_path_factory.mktemp("small_films")
    for name in FILM_SETS:
        with tarfile.open(films_dir / f"{name}.tgz") as whole:
            header, *rows = whole.extractfile(f"{name}/metadata.csv").read().decode().splitlines()
            rows = rows[::6]
            members = [whole.getmember(f"{name}/{row.split(',')[0]}") for row in rows]
            whole.extractall(data_dir, sorted(members, key=lambda member: member.offset), filter="data")
        (data_dir / name / "metadata.csv").write_text("\n".join([header, *rows]) + "\n")
    for name in BESIDE_FILMS:
        (data_dir / name).symlink_to(films_dir / name)
    return data_dir


@pytest.fixture(scope="session")
def small_films(small_films_dir):
    """The films of that folder's chest_xray."""
    from training.data.chest_xray import load_films

    return load_films(small_films_dir)


@pytest.fixture(scope="session")
def train_chest(run_module, small_films_dir):
    """Call `python -m training chest_xray` on a few films, two folds of three; it writes into `folder`."""
    small = (
        *("--backbone", "test_resnet", "--weights", "none", "--size", 64, "--limit", 150, "--views", 1, "--folds", 3),
        *("--train-folds", 2, "--head-epochs", 1, "--tune-epochs", 1, "--data-dir", small_films_dir),
    )

    def train(folder, *more):
        places = ("--runs-dir", folder / "runs", "--cache-dir", folder / "prefix_cache")
        result = run_module("training", "chest_xray", *small, *places, *more)
        assert result.returncode == 0, result.stderr

    return train


@pytest.fixture(scope="session")
def chest_run(train_chest, run_module, small_films_dir, tmp_path_factory) -> Path:
    """A folder with `runs` (one small training on chest films, of two folds) and the exported file in `models`.

    It is made once for all processes that share the tests, and is only read.
    """
    from filelock import FileLock

    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "chest"
    made = folder / "made"
    with FileLock(folder.with_suffix(".lock")):
        if not made.exists():
            train_chest(folder)
            places = ("--data-dir", small_films_dir, "--runs-dir", folder / "runs")
            result = run_module("export", "chest_xray", *places, "--models-dir", folder / "models")
            assert result.returncode == 0, result.stderr
            made.touch()
    return folder
