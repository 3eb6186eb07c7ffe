"""Answers as people write them: the model file names its classes for programs."""

from dataclasses import replace

from fovea import Prediction
from space.metric_words import plain

CLASSES = {"normal": "no pneumonia seen", "covid19": "COVID-19", "other_finding": "another finding"}


def class_words(name: str) -> str:
    return CLASSES.get(name, plain(name))


def in_words(prediction: Prediction) -> Prediction:
    """`prediction` with every class as people write it."""
    named = prediction.decision.class_name
    decision = replace(prediction.decision, class_name=class_words(named) if named else None)
    return replace(prediction, classes=tuple(map(class_words, prediction.classes)), decision=decision)
