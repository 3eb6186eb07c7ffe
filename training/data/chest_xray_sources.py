"""The collections that chest films come from: what each is, and its terms as its publisher states them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """A collection: what it is, and the licence as its publisher states it. `name` is its short name in prose."""

    title: str
    licence: str
    name: str


SOURCES = {
    "kermany": Source(
        "Kermany et al. 2018, Guangzhou Women and Children's Medical Center: children of one to five years",
        "CC BY 4.0",
        "Kermany 2018",
    ),
    "rsna": Source(
        "RSNA Pneumonia Detection Challenge 2018: films of NIH, read again by radiologists",
        "the challenge's terms, for research and education",
        "RSNA 2018",
    ),
    "nih": Source(
        "NIH ChestX-ray14 (Wang et al. 2017), labels mined from reports",
        "unrestricted, with attribution to the NIH Clinical Center",
        "NIH ChestX-ray14",
    ),
    "bimcv": Source(
        "BIMCV-COVID19+ (de la Iglesia Vayá et al. 2020), region of Valencia, Spain",
        "BIMCV's agreement for research",
        "BIMCV-COVID19+",
    ),
    "siim": Source(
        "SIIM-FISABIO-RSNA COVID-19 Detection 2021: films of BIMCV and MIDRC-RICORD, read by radiologists",
        "the challenge's terms, for research and education, beside the agreements of BIMCV and RICORD",
        "SIIM-FISABIO-RSNA COVID-19",
    ),
    "cxnet": Source(
        "COVID-CXNet (Haghanifar et al. 2022), films of case reports from many hospitals", "CC BY 4.0", "COVID-CXNet"
    ),
    "cohen": Source(
        "COVID-19 Image Data Collection (Cohen et al. 2020), films from publications",
        "by image, named in its metadata",
        "Cohen 2020",
    ),
    "montgomery": Source(
        "Montgomery County, USA (Jaeger et al. 2014), tuberculosis screening", "public, with citation", "Montgomery"
    ),
    "shenzhen": Source("Shenzhen No. 3 Hospital, China (Jaeger et al. 2014)", "public, with citation", "Shenzhen"),
}

# Sources that took films in the same hospitals: one patient may be in both under two names.
SAME_HOSPITALS = ("siim", "bimcv")


def source_of(name: str) -> Source:
    """That of SOURCES, else a source of the user's own films."""
    return SOURCES.get(name) or Source(f"{name}, films of one's own", "as their owner states it", name)


def terms(names: Iterable[str]) -> str:
    """The terms of each source, in prose: "Kermany 2018: CC BY 4.0. RSNA 2018: ..."."""
    sources = [source_of(name) for name in names]
    return " ".join(f"{source.name}: {source.licence}." for source in sources)


def blocks(sources: Sequence[str]) -> list[tuple[str, ...]]:
    """What is left out together: every source by itself, those of SAME_HOSPITALS as one."""
    present = list(dict.fromkeys(sources))
    together = tuple(name for name in SAME_HOSPITALS if name in present)
    alone = [(name,) for name in present if name not in together]
    return [*alone, *([together] if together else [])]
