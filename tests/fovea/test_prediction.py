"""The one form in which an answer goes to programs."""

import dataclasses
import json

import numpy as np

from fovea import Prediction

PIXELS = np.zeros((28, 28, 1), np.uint8)


def test_an_answer_goes_to_json_with_its_classes_best_first(tiny):
    outputs = {"probabilities": np.array([[0.1234567, 0.8, 0.0765433]], np.float32), "layer1": np.zeros((1, 1))}
    answer = json.loads(json.dumps(Prediction.of(outputs, tiny.spec, PIXELS).as_dict()))
    assert answer == {
        "decision": "light",
        "reasons": [],
        "warnings": [],
        "probabilities": {"light": 0.8, "dark": 0.123457, "neither": 0.076543},
    }
    assert list(answer["probabilities"]) == ["light", "dark", "neither"]


def test_an_answer_without_a_class_says_why_and_keeps_its_warnings(tiny):
    spec = dataclasses.replace(tiny.spec, abstain_below=0.9)
    scores = {"ood_score": np.array([1.5]), "other_finding": np.array([1.25])}
    outputs = {"probabilities": np.array([[0.2, 0.8, 0]]), "layer1": np.zeros((1, 1))} | scores
    answer = json.loads(json.dumps(Prediction.of(outputs, spec, PIXELS, ("The view is not known.",)).as_dict()))
    assert (answer["decision"], answer["reasons"]) == ("abstain", ["unsure", "unlike_training", "other_finding"])
    assert (answer["warnings"], answer["ood_score"]) == (["The view is not known."], 1.5)
    assert answer["other_finding"] == 1.25
