"""What training minimises: for every film alike, for the worst group, and against a head that tells the source."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from training.data import LabelledPixels
from training.experiments.group_dro import STEP, GroupDro
from training.experiments.source_adversary import STRENGTH, SourceAdversary
from training.models.head import Head
from training.objective import PLAIN, classes_of

LABELS = torch.tensor([0, 0, 1, 1])
SOURCES = ("a", "b", "a", "b")
LOGITS = torch.tensor([[4.0, 0.0], [0.0, 4.0], [0.0, 4.0], [0.0, 4.0]])  # the second is wrong


@pytest.fixture
def examples():
    return LabelledPixels(torch.rand(4, 6, 4, 4), LABELS)


@pytest.fixture
def trainable():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(6, 5, 3), Head((5, 2, 2), 2, "pooled", hidden=0, dropout=0.0))


def test_the_plain_loss_is_the_mean_over_films(examples, trainable):
    assert PLAIN.examples(examples) is examples
    assert PLAIN.network(trainable) is trainable
    expected = functional.cross_entropy(LOGITS, LABELS, label_smoothing=0.1)
    assert PLAIN.loss(LOGITS, LABELS, 0.1) == PLAIN.loss((LOGITS, LOGITS), LABELS, 0.1) == expected


def test_the_group_that_does_worse_counts_more_from_step_to_step(examples):
    dro = GroupDro(list(zip(LABELS.tolist(), SOURCES, strict=True)))
    shown = dro.examples(examples)
    assert classes_of(shown.labels).equal(LABELS)
    assert shown.labels[:, 1].tolist() == [0, 1, 2, 3]
    assert (len(shown), shown.digest) == (4, examples.digest)
    assert shown.inputs(torch.tensor([2]), 0).equal(examples.pixels[2:3])
    losses = functional.cross_entropy(LOGITS, LABELS, reduction="none")
    first = dro.loss(LOGITS, shown.labels, 0.0)
    weights = (STEP * losses).exp() / (STEP * losses).exp().sum()
    assert first == pytest.approx(float((weights * losses).sum()))
    later = [dro.loss(LOGITS, shown.labels, 0.0) for _ in range(60)]
    assert losses.mean() < first < later[0] < later[-1] <= losses.max()


def test_groups_that_a_batch_lacks_have_no_say_in_it(examples):
    dro = GroupDro(SOURCES)
    labels = dro.examples(examples).labels[[0, 2]]
    assert dro.loss(LOGITS[[0, 2]], labels, 0.0) == pytest.approx(
        functional.cross_entropy(LOGITS[[0, 2]], LABELS[[0, 2]])
    )
    assert dro.loss(LOGITS, LABELS, 0.0) == functional.cross_entropy(LOGITS, LABELS)  # validation


def test_what_tells_the_source_is_unlearned_and_what_tells_the_class_is_learned(examples, trainable):
    adversary = SourceAdversary(SOURCES)
    network = adversary.network(trainable)
    labels = adversary.examples(examples).labels
    logits, sources = network.train()(examples.pixels)
    assert (logits.shape, sources.shape) == ((4, 2), (4, 2, 2))
    weight = trainable[0].weight
    of_class = torch.autograd.grad(PLAIN.loss(logits, LABELS, 0.0), weight, retain_graph=True)[0]
    both = torch.autograd.grad(adversary.loss((logits, sources), labels, 0.0), weight)[0]
    # the gradient of the source's loss alone, by a network without the reversal
    embedding = trainable[1].embed(trainable[0](examples.pixels))
    own = network.source(embedding)[torch.arange(4), LABELS]
    of_source = torch.autograd.grad(functional.cross_entropy(own, labels[:, 1]), weight)[0]
    torch.testing.assert_close(both, of_class - STRENGTH * of_source)


def test_in_evaluation_the_adversary_gives_the_classes_alone(examples, trainable):
    network = SourceAdversary(SOURCES).network(trainable).eval()
    assert network(examples.pixels).equal(trainable.eval()(examples.pixels))
