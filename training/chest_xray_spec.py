"""The spec of a chest X-ray network: what its answers mean, what it learned from and under which terms."""

from datetime import date

from fovea import ModelSpec
from fovea.listing import all_of
from training.data.chest_xray import CLASSES, FILM_PX, Films
from training.data.chest_xray_sources import SOURCES, source_of, terms
from training.fine_tuning import TransferConfig
from training.models import TRANSFER
from training.models.transfer_net import TransferNet

MEANINGS = (
    "No pneumonia seen: most like the films on which radiologists saw none. It does not exclude disease: this model "
    "names no other finding, and some of these patients had a positive test for COVID-19.",
    "Most like the films labelled pneumonia: mostly bacterial or viral pneumonia of children, and films of adults on "
    "which radiologists saw a lung opacity.",
    "Most like the films with the pattern that radiologists call typical of COVID-19. A film alone cannot tell "
    "COVID-19 from other causes of the same pattern.",
)
OTHERS_UNKNOWN = (
    "Knows three answers. Other findings (a nodule, fluid, a collapsed lung) get one of the three too, unless the "
    "film's score says it is unlike the training films."
)
OTHERS_LEARNED = (
    "Knows three answers. It gives none where a film seems to show something else (a nodule, fluid, a collapsed lung). "
    "It misses many of these films, which then get one of the three answers."
)
RESEARCH_LICENCE = "for research and education alone, as the terms of the films ask"
OWN_LICENCE = "as the owner of the films decides"


def make_spec(config: TransferConfig, net: TransferNet, train: Films) -> ModelSpec:
    """Without what is measured; `train` are the films that the network learned from."""
    sources = list(dict.fromkeys(train.sources))
    return ModelSpec(
        task="chest_xray",
        title=f"{config.backbone} to {net.last_stage}",
        architecture=TRANSFER + config.backbone,
        classes=CLASSES,
        height=config.size,
        width=config.size,
        channels=1,
        fit=config.fit,
        parameters=sum(parameter.numel() for parameter in net.parameters()),
        training_data=f"{len(train):,} films of {all_of(source_of(name).name for name in sources)}, and ImageNet for "
        "the backbone",
        data_licence=terms(sources),
        licence=RESEARCH_LICENCE if set(sources) & set(SOURCES) else OWN_LICENCE,
        limits=(
            "For research and teaching. Not a medical device: no decision on a patient may rest on it.",
            *origins(train),
            OTHERS_LEARNED if net.head.learns_others else OTHERS_UNKNOWN,
            f"Sees a film at {FILM_PX} x {FILM_PX} pixels, as it was trained: one is some 2 mm of an adult's chest, "
            "and what is finer is lost.",
        ),
        detail_px=FILM_PX,
        meanings=MEANINGS,
        created=date.today().isoformat(),
    )


def origins(train: Films) -> list[str]:
    """A sentence for each class whose films are all of one source, and one where most pneumonia is of children."""
    sentences = []
    for name in CLASSES:
        films = train.where(labels=[name])
        sources = list(dict.fromkeys(films.sources))
        if len(sources) == 1:
            sentences.append(
                f"Every {name} film it learned from is from one source ({source_of(sources[0]).name}): what it knows "
                "of the class is mixed with what it knows of the source."
            )
        if name == "pneumonia" and films.ages.count("child") * 2 > len(films):
            sentences.append("Most pneumonia films it learned from are of children.")
    return sentences
