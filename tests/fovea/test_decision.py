"""One rule says whether a model answers, and nothing else compares with a threshold."""

import ast
import dataclasses
import math
import re
from pathlib import Path

import numpy as np
import pytest
from parsing import tree_of

from fovea.decision import (
    Decision,
    Reason,
    decide,
    is_answered,
    is_unlike_training,
    is_unsure,
    shows_other_finding,
)

ROOT = Path(__file__).parents[2]
HOUSE = ("fovea", "training", "export", "evidence", "space", "k8s", "benchmarks")
UNSURE, UNLIKE, OTHER = Reason.UNSURE, Reason.UNLIKE_TRAINING, Reason.OTHER_FINDING


@pytest.mark.parametrize(
    ("probability", "score", "reasons"),
    [
        (0.9, 0.5, ()),
        (0.8, 0.999, ()),  # at the spec's probability it answers
        (0.799, 0.5, (UNSURE,)),
        (0.9, 1.0, (UNLIKE,)),  # at the score's threshold it does not
        (0.9, 7.0, (UNLIKE,)),
        (0.5, 1.5, (UNSURE, UNLIKE)),
        (0.9, None, ()),  # a model without a score
        (0.9, math.nan, (UNLIKE,)),
        (math.nan, 0.5, (UNSURE,)),
    ],
)
def test_a_class_is_named_where_probability_and_score_both_allow_it(tiny, probability, score, reasons):
    spec = dataclasses.replace(tiny.spec, abstain_below=0.8)
    probabilities = np.array([(1 - probability) / 2, probability, (1 - probability) / 2])
    decision = decide(probabilities, score, spec)
    assert decision == Decision(None if reasons else "light", reasons)
    assert decision.outcome == ("abstain" if reasons else "light")


def test_a_model_without_a_threshold_is_always_sure(tiny):
    assert tiny.spec.abstain_below is None
    assert decide(np.array([0.34, 0.33, 0.33]), None, tiny.spec) == Decision("dark")


def test_many_images_are_judged_at_once_by_the_same_rule():
    assert is_unsure([[0.2, 0.8], [0.5, 0.5]], 0.8).tolist() == [False, True]
    assert is_unlike_training([0.5, 1.0, np.nan]).tolist() == [False, True, True]
    assert shows_other_finding([0.5, 1.0, np.nan]).tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("other_finding", "ood_score", "reasons"),
    [(None, 0.5, ()), (0.99, 0.5, ()), (1.0, 0.5, (OTHER,)), (2.0, 1.5, (UNLIKE, OTHER)), (math.nan, 0.5, (OTHER,))],
)
def test_a_finding_that_is_no_class_is_a_reason_of_its_own(tiny, other_finding, ood_score, reasons):
    assert decide(np.array([0.05, 0.9, 0.05]), ood_score, tiny.spec, other_finding).reasons == reasons
    answered = is_answered(
        [[0.05, 0.9, 0.05]], [ood_score], tiny.spec, None if other_finding is None else [other_finding]
    )
    assert answered.tolist() == [not reasons]


def test_many_images_are_answered_where_each_alone_would_be(tiny):
    spec = dataclasses.replace(tiny.spec, abstain_below=0.8)
    probabilities = np.array([[0.1, 0.9, 0], [0.1, 0.9, 0], [0.5, 0.5, 0], [0.5, 0.5, 0]])
    scores = np.array([0.5, 1.0, 0.5, 1.0])
    alone = [decide(p, float(s), spec).class_name is not None for p, s in zip(probabilities, scores, strict=True)]
    assert is_answered(probabilities, scores, spec).tolist() == alone == [True, False, False, False]
    assert is_answered(probabilities, None, spec).tolist() == [True, True, False, False]


def test_a_prediction_carries_its_decision(tiny):
    assert tiny.predict(np.full((28, 28), 255, np.uint8)).decision == Decision("light")


def comparisons(tree):
    """Every comparison with the spec's threshold, or of a score with 1."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and not isinstance(node.ops[0], (ast.Is, ast.IsNot)):
            sides = [ast.unparse(side) for side in (node.left, *node.comparators)]
            is_score = any(re.search("ood|score|other_finding", side) for side in sides) and {"1", "1.0"} & set(sides)
            if is_score or any(
                re.search("abstain_below|OOD_THRESHOLD|OTHER_FINDING_THRESHOLD", side) for side in sides
            ):
                yield ast.unparse(node)


def test_the_search_finds_comparisons_with_a_threshold():
    for code in ("x.ood_score >= 1", "outputs['ood_score'] < 1.0", "p < spec.abstain_below", "scores > OOD_THRESHOLD"):
        assert list(comparisons(ast.parse(code))) == [ast.unparse(ast.parse(code))]
    assert list(comparisons(ast.parse("prediction.ood_score is None"))) == []


def test_no_other_file_compares_with_a_threshold():
    files = [path for folder in HOUSE for path in (ROOT / folder).rglob("*.py")]
    found = {str(path.relative_to(ROOT)): list(comparisons(tree_of(path.read_text()))) for path in files}
    assert {name for name, nodes in found.items() if nodes} == {"fovea/decision.py"}
