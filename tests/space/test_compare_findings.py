"""What the Compare tab says in words follows the numbers, whichever way they fall."""

import json
from pathlib import Path

import pytest

from space.compare import curves, locality, networks, parameters, residual, training_sizes
from space.compare.cost_scatter import COSTS, PUBLISHED, chart, measures
from space.compare.results import ResultFileError, find_result
from space.compare.words import against, count, duration, percent, points

RESULTS = Path(__file__).parents[2] / "space" / "results"


def plain_spaces(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (percent(0.1234), "12.3 %"),
        (percent(0.1234, 0), "12 %"),
        (count(61_225), "61,225"),
        (count(138_357_544), "138 million"),
        (count(15_470_264_320), "15.5 billion"),
        (against(30, 10), "3 times"),
        (against(10, 25), "40 % of"),
        (against(1234, 1), "1,234 times"),
        (points(0.101, "more", "less"), "10.1 points more"),
        (points(-0.02, "more", "less"), "2.0 points less"),
        (points(0.0001, "more", "less"), "unchanged"),
        (duration(31.2), "31 s"),
        (duration(1620), "27 min"),
        (duration(9000), "2.5 h"),
    ],
)
def test_numbers_in_words(said, words):
    assert plain_spaces(said) == words


def net(form, parameters_, accuracy, half_width=0.002):
    interval = [accuracy - half_width, accuracy + half_width]
    return {"form": form, "parameters": parameters_, "accuracy": accuracy, "interval": interval}


def local(conv, dense, shifted=()):
    rows = [net("convolutional", *row) for row in conv] + [net("fully connected", *row) for row in dense]
    moved = [
        {"form": form, "shift": shift, "accuracy": accuracy}
        for shift, *accuracies in shifted
        for form, accuracy in zip(("convolutional", "fully connected"), accuracies, strict=True)
    ]
    return {"rows": rows, "shifted": moved}


@pytest.mark.parametrize(
    ("conv", "dense", "words"),
    [
        (0.99, 0.97, "the fully connected net misreads 3.0 times as many digits: 3.00 % against 1.00 %"),
        (0.97, 0.99, "the convolutional net misreads 3.0 times as many digits: 1.00 % against 3.00 %"),
        (0.981, 0.98, "do not differ beyond chance: 2.00 % against 1.90 %"),
    ],
)
def test_the_pair_of_equal_size_is_compared(conv, dense, words):
    result = local([(1_000, 0.9), (61_706, conv)], [(500_000, 0.995), (61_225, dense)])
    said = plain_spaces(locality.finding(result))
    assert "61,225 and 61,706 parameters" in said
    assert words in said


def test_the_smallest_convolutional_net_that_matches_is_named():
    dense = [(60_000, 0.97), (1_800_000, 0.98)]
    said = plain_spaces(locality.at_equal_accuracy(local([(1_000, 0.9), (4_157, 0.981), (61_706, 0.99)], dense)))
    assert said == (
        "A convolutional net of 4,157 parameters (98.10 %) matches the best fully connected one "
        "(98.00 % with 1.8 million)"
    )
    assert locality.at_equal_accuracy(local([(1_000, 0.9)], dense)).startswith("No convolutional net here")


@pytest.mark.parametrize(
    ("at_three", "words"),
    [
        (
            (0.8, 0.4),
            "Moved by 3 pixels, 80.0 % are still read by the convolutional net, 40.0 % by the fully connected",
        ),
        (
            (0.4, 0.8),
            "Moved by 3 pixels, 80.0 % are still read by the fully connected net, 40.0 % by the convolutional",
        ),
    ],
)
def test_the_shift_of_the_largest_difference_is_told(at_three, words):
    result = local([], [], [(0, 0.99, 0.5), (1, 0.9, 0.85), (3, *at_three)])
    assert plain_spaces(locality.when_shifted(result)).startswith(words)


def residual_net(form, depth, error, first=1.0, last=1.0):
    curve = [{"epoch": 1, "train_accuracy": 1 - error, "val_accuracy": 0.5}]
    gradients = [first] * 5 + [last] * 5
    return {"form": form, "depth": depth, "curve": curve, "initial_gradients": gradients, "trained_gradients": []}


@pytest.mark.parametrize(
    ("plain", "shortcut", "words"),
    [
        ((0.3, 0.4), (0.3, 0.28), "Depth harms the plain net, and shortcuts mend it"),
        ((0.3, 0.4), (0.3, 0.35), "Shortcuts soften depth's harm"),
        ((0.3, 0.4), (0.3, 0.45), "Depth harms the plain net, and shortcuts do not mend it here"),
        ((0.3, 0.25), (0.3, 0.2), "Depth does not harm the plain net here"),
    ],
)
def test_degradation_is_said_as_it_was_measured(plain, shortcut, words):
    rows = [residual_net("plain", depth, error) for depth, error in zip((20, 56), plain, strict=True)]
    rows += [residual_net("residual", depth, error) for depth, error in zip((20, 56), shortcut, strict=True)]
    said = residual.finding({"rows": rows})
    assert said.startswith(f"{words}: from 20 to 56 layers")
    gap = (plain[1] - plain[0]) * 100
    assert f"{abs(gap):.1f} points {'higher' if gap > 0 else 'lower'} without shortcuts" in said


def test_nets_of_one_depth_say_nothing_of_depth():
    rows = [residual_net("plain", 20, 0.3), residual_net("residual", 20, 0.3)]
    assert residual.finding({"rows": rows}).startswith("Nets of one depth alone")


def test_a_gap_under_a_point_is_no_harm():
    rows = [residual_net("plain", 20, 0.3), residual_net("plain", 56, 0.308)]
    rows += [residual_net("residual", depth, 0.3) for depth in (20, 56)]
    assert residual.finding({"rows": rows}).startswith("Depth does not harm the plain net here")


def test_the_gradient_near_the_input_is_told_against_that_near_the_output():
    rows = [residual_net("plain", 20, 0.3, 6.0, 2.0), residual_net("residual", 20, 0.3, 1.0, 4.0)]
    said = residual.gradient_finding({"rows": rows}, "initial_gradients", "at initialisation")
    assert said == (
        "Gradient at initialisation, near the input of 20 layers against near their output: "
        "3 times as large without shortcuts, 4 times smaller with shortcuts"
    )
    rows = [residual_net("plain", 110, 0.3, 266_000.0, 1.0)]
    said = residual.gradient_finding({"rows": rows}, "initial_gradients", "at initialisation")
    assert said.endswith("270,000 times as large without shortcuts")
    assert "explodes" in residual.explosion({"rows": rows})
    assert residual.explosion({"rows": [residual_net("plain", 110, 0.3, 2.0, 1.0)]}) == ""
    assert "No gradients" in residual.gradient_finding({"rows": rows}, "trained_gradients", "after training")


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (2.34, "2.3 times as large"),
        (1 / 4, "4 times smaller"),
        (268_123.4, "270,000 times as large"),
        (4.0**-19, "about 10¹¹ times smaller"),
        (0.0, "about 10³⁰⁰ times smaller"),
    ],
)
def test_a_ratio_of_more_zeros_than_anyone_counts_is_a_power_of_ten(ratio, words):
    assert residual.times(ratio) == words


def test_a_gradient_that_vanishes_is_told_beside_the_pair_and_leaves_the_figure():
    pair = [residual_net("plain", 20, 0.3), residual_net("residual", 20, 0.3)]
    dead = residual_net("sigmoid", 20, 0.3, 1e-40, 0.1) | {"curve": []}
    result = {"rows": [*pair, dead], "created": "2026-01-01", "hardware": "a CPU"}
    said = residual.gradient_finding(result, "initial_gradients", "at initialisation")
    assert said.endswith("about 10³⁹ times smaller with sigmoids and no batch norm")
    assert "There the gradient vanishes" in residual.sigmoid_words(result)
    assert "vanishes" not in residual.sigmoid_words({"rows": [residual_net("sigmoid", 20, 0.3)]})
    assert residual.sigmoid_words({"rows": pair}) == ""
    assert residual.finding({"rows": [*pair, dead]}) == residual.finding({"rows": pair})
    drawn = residual.charts({"rows": [row | {"test_accuracy": 0.5} for row in result["rows"]]})
    assert drawn[0].y.ticks[0] == residual.LEAST
    assert residual.charts({"rows": [row | {"test_accuracy": 0.5} for row in pair]})[0].y.ticks[0] > 0.1
    assert [len(each.points) for each in drawn[0].series] == [10, 10, 5]
    assert [len(chart.series) for chart in drawn] == [3, 0, 2]


def test_rows_that_joined_a_result_later_name_their_day_and_machine():
    rows = [residual_net(form, 20, 0.3) for form in ("plain", "residual")]
    result = {"rows": rows, "created": "2026-01-01", "hardware": "a CPU"}
    assert residual.added(result) == ""
    later = [residual_net("sigmoid", depth, 0.3) | {"created": "2026-02-02"} for depth in (20, 56)]
    assert residual.added(result | {"rows": [*rows, *later]}) == (
        " Added 2026-02-02, on a CPU: sigmoid 20, sigmoid 56."
    )


def taught(tuned, frozen, scratch):
    accuracies = {"tuned": tuned, "frozen": frozen, "scratch": scratch}
    return {
        "rows": [
            {"method": method, "n_train": n, "accuracy": accuracy, "interval": [0, 1], "runs": [accuracy]}
            for method, row in accuracies.items()
            for n, accuracy in zip((25, 100, 3000), row, strict=True)
        ]
    }


@pytest.mark.parametrize(
    ("tuned", "frozen", "words"),
    [
        (
            (0.6, 0.8, 0.9),
            (0.6, 0.7, 0.9),
            "A fine-tuned network reaches 80.0 % with 100 photos, training from scratch",
        ),
        ((0.6, 0.8, 0.9), (0.76, 0.8, 0.9), "A new last layer on frozen features reaches 76.0 % with 25 photos"),
        ((0.5, 0.6, 0.7), (0.5, 0.6, 0.7), "No pretrained network here reaches what training from scratch 75.0 %"),
    ],
)
def test_what_transfer_saves_is_read_from_the_rows(tuned, frozen, words):
    assert plain_spaces(training_sizes.finding(taught(tuned, frozen, (0.4, 0.6, 0.75)))).startswith(words)


def test_stacks_of_three_by_three_are_counted():
    assert parameters.one_layer(5, 1) == 25
    assert parameters.stack(5, 1) == 2 * 9
    assert parameters.stack(11, 2) == 5 * 9 * 4
    said = plain_spaces(parameters.savings())
    assert said == "Stacks of 3 x 3 save 28 % of the weights of 5 x 5, 45 % of 7 x 7 and 63 % of 11 x 11"


def test_the_shares_of_a_network_add_up():
    result = json.loads((RESULTS / "architectures.json").read_text())
    for row in parameters.pair(result):
        for what in ("parameters", "multiply_adds"):
            both = [parameters.share(row, kind, what) for kind in ("dense", "convolution")]
            assert sum(both) == pytest.approx(1)
    alexnet = parameters.pair(result)[0]
    dense = sum(layer["parameters"] for layer in alexnet["layers"] if layer["kind"] == "dense")
    assert percent(dense / alexnet["parameters"], 0) in parameters.finding(result)


def entry(name, year, error, parameters_):
    return {
        **{"name": name, "year": year, "single_error": error, "single_source": "its table", "paper": "its paper"},
        **{"parameters": parameters_, "multiply_adds": 2 * parameters_, "architecture": name.lower()},
    }


def test_the_first_and_the_best_network_are_compared():
    first, best = entry("A", 2012, 18.2, 60), entry("B", 2015, 4.2, 24)
    said = plain_spaces(networks.finding({"rows": [first, best, entry("C", 2014, None, 1)]}))
    assert said == (
        "From A (2012) to B (2015) the top-5 error of one network with at most ten crops fell from 18.2 to 4.2 %, with "
        "40 % of the parameters and 40 % of the multiply-adds"
    )
    worse = networks.finding({"rows": [first, entry("B", 2015, 20.0, 24)]})
    assert worse.startswith("No network here errs less than A")


def test_a_chart_leaves_out_networks_of_unknown_cost_and_says_so():
    architectures = {"rows": [entry("A", 2012, 18.2, 60), entry("B", 2015, 4.2, 24)]}
    latency = {"rows": [{"name": "B", "onnxruntime_ms": 3.5}]}
    found = measures(architectures, latency, [])
    assert list(found) == [PUBLISHED]
    drawn = {cost: chart(PUBLISHED, found[PUBLISHED], cost) for cost in COSTS}
    assert [x for x, _ in drawn["parameters"].series[0].points] == [24, 60]
    assert [x for x, _ in drawn["latency, ms"].series[0].points] == [3.5]
    assert drawn["latency, ms"].title.endswith("(not known of 1 of 2 networks)")


def training(accuracies, *, phases):
    epochs = [
        {"epoch": epoch, "phase": phase, "val_accuracy": accuracy}
        for epoch, (phase, accuracy) in enumerate(accuracies, start=1)
    ]
    return {"task": "flowers", "title": "vgg16", "architecture": "transfer/vgg16", "phases": phases, "epochs": epochs}


VGG16 = {"rows": [{"architecture": "vgg16", "name": "VGG16"}]}


@pytest.mark.parametrize(
    ("tuned", "did", "words"),
    [
        (0.92, "added most to", "are right with frozen features, 92.0 % after fine-tuning (4.0 points more)"),
        (0.87, "took least from", "are right with frozen features, 87.0 % after fine-tuning (1.0 points less)"),
    ],
)
def test_what_fine_tuning_added_is_told_as_it_was_measured(tuned, did, words):
    row = training([(0, 0.8), (0, 0.88), (1, 0.9), (1, tuned)], phases=["head", "fine-tuning"])
    said = plain_spaces(curves.finding({"rows": [row]}, VGG16))
    assert said == f"Fine-tuning {did} VGG16 on flower_photos: 88.0 % of the validation images {words}"


def test_trainings_without_phases_are_counted():
    rows = [training([(0, 0.8), (0, 0.9)], phases=[])] * 3
    assert curves.finding({"rows": rows}, VGG16) == "3 trainings, epoch by epoch"


def test_a_result_is_found_missing_or_refused(tmp_path):
    assert find_result(tmp_path, "locality") is None
    (tmp_path / "locality.json").write_text('{"experiment": "locality"}')
    assert find_result(tmp_path, "locality") == {"experiment": "locality"}
    (tmp_path / "locality.json").write_text('{"experiment": "training_sizes"}')
    with pytest.raises(ResultFileError, match=r"locality\.json is not from the experiment locality"):
        find_result(tmp_path, "locality")
    (tmp_path / "locality.json").write_text("{")
    with pytest.raises(ResultFileError, match=r"locality\.json is not JSON"):
        find_result(tmp_path, "locality")
