"""Cards of the shipped files, made from the file and the export.json of a run alone."""

from pathlib import Path

import pytest

from evidence.__main__ import main
from export.parity import Parity
from export.record import ExportRecord, write_record
from fovea import load

ROOT = Path(__file__).parents[2]
INT8 = "int8 against float32: validation accuracy 0.9499 against 0.9499 (n = 339): int8 is kept."


@pytest.fixture
def card(tmp_path):
    """Call `python -m evidence ARGUMENTS...` on the shipped file, with a record of its export; the card."""

    def card(file, run, commands, *arguments, n=10_000, differences=None, notes=(), revision=None):
        model = tmp_path / "models" / file
        model.parent.mkdir(exist_ok=True)
        model.symlink_to(ROOT / "models" / file)
        parity = Parity(n, differences or {"probabilities": 1.2e-6, "conv1": 3e-7})
        record = ExportRecord(revision or load(model).revision, parity, notes, commands)
        write_record(tmp_path / "runs" / run, record)
        places = ("--runs-dir", str(tmp_path / "runs"), "--models-dir", str(model.parent))
        assert main([*arguments, *places]) == 0
        return model.with_suffix(".md").read_text()

    return card


def test_the_card_holds_figures_parity_licence_limits_and_commands(card):
    text = card("digits.onnx", "digits/lenet5", ("python -m training digits", "python -m export digits"), "digits")
    spec = load(ROOT / "models" / "digits.onnx").spec
    assert f"{spec.parameters:,} parameters, float32, opset {spec.opset}, made {spec.created}" in text
    assert "| accuracy | test | 0.9947 | 0.9931 to 0.9959 | 10,000 |" in text
    assert "The file against torch on 10,000 test images: probabilities differ by at most 1.2e-06, every output" in text
    assert "CC BY-SA 3.0" in text
    assert "- Not for documents whose misreading has consequences." in text
    assert text.endswith("Made by `python -m training digits` and `python -m export digits`.\n")


def test_the_card_names_the_form_its_outputs_and_why_it_was_chosen(card):
    text = card("flowers.onnx", "flowers/inception_v3", ("python -m export flowers",), "flowers", notes=(INT8,))
    assert f", {load(ROOT / 'models' / 'flowers.onnx').spec.precision}, opset" in text
    assert "The float32 form against torch" in text
    assert "Grad-CAM of each class" in text
    assert f"\n\n{INT8}\n\n" in text


def test_the_second_network_of_a_task_has_a_card_of_its_own(card, tmp_path):
    commands = ("python -m training objects --model inception_v3", "python -m export objects --model inception_v3")
    arguments = ("objects", "--model", "inception_v3")
    text = card("objects_inception_v3.onnx", "objects/inception_v3", commands, *arguments)
    assert "`objects_inception_v3.onnx`" in text
    assert f"`{commands[0]}` and `{commands[1]}`" in text
    assert "JPEG of quality 75" in text
    assert {path.suffix for path in (tmp_path / "models").iterdir()} == {".onnx", ".md"}


def test_the_card_of_a_file_of_layers_has_layers_instead_of_figures(card):
    arguments = ("features", "--network", "alexnet")
    commands = ("python -m export features --network alexnet",)
    text = card("features_alexnet.onnx", "features/alexnet", commands, *arguments, n=6, differences={"conv1": 4e-6})
    assert "| conv5 | Convolution 5 | 256 x 13 x 13 | 442,624 |" in text
    assert "on 6 real images: every output differs by at most 4.0e-06 of its range." in text
    assert "Made by `python -m export features --network alexnet`." in text
    assert "probabilities" not in text
    assert "| metric |" not in text


def test_without_the_record_of_the_export_no_card_is_written(tmp_path, capsys):
    model = tmp_path / "digits.onnx"
    model.symlink_to(ROOT / "models" / "digits.onnx")
    assert main(["digits", "--runs-dir", str(tmp_path / "runs"), "--models-dir", str(tmp_path)]) == 2
    record = tmp_path / "runs" / "digits" / "lenet5" / "export.json"
    assert capsys.readouterr().err == (
        f"There is no {record}, which tells how {model} was made. Run `python -m export digits`.\n"
    )
    assert list(tmp_path.iterdir()) == [model]


def test_the_record_of_another_export_makes_no_card(card, tmp_path, capsys):
    with pytest.raises(AssertionError):
        card("digits.onnx", "digits/lenet5", ("python -m export digits",), "digits", revision="0" * 64)
    message = capsys.readouterr().err
    revision = load(ROOT / "models" / "digits.onnx").revision[:16]
    assert f"export.json is not about the revision {revision} of" in message
    assert message.endswith("Run `python -m export digits` again.\n")
    assert not (tmp_path / "models" / "digits.md").exists()


def test_a_task_without_a_card_is_refused_by_name(capsys):
    assert main(["digitz"]) == 2
    message = "There is no task 'digitz'. Choose digits, flowers, chest_xray, objects, folder or features.\n"
    assert capsys.readouterr().err == message


def test_the_command_that_the_export_prints_writes_the_card(run_module, mnist_dir, tmp_path):
    places = ("--runs-dir", tmp_path / "runs", "--data-dir", mnist_dir)
    assert (
        run_module("training", "digits", "--limit", 200, "--epochs", 1, "--detector-epochs", 0, *places).returncode == 0
    )
    result = run_module("export", "digits", *places, "--models-dir", tmp_path / "models")
    assert result.returncode == 0, result.stderr
    _, _, command = result.stdout.splitlines()[-1].partition("python -m ")
    assert run_module(*command.split()).returncode == 0
    text = (tmp_path / "models" / "digits.md").read_text()
    assert load(tmp_path / "models" / "digits.onnx").revision[:16] in text
    assert "10,000 test images" in text
