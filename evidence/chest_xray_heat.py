"""The report's section on the heatmaps."""

from evidence.chest_xray_findings import Evidence, hottest_points
from evidence.markdown import percent, shown, table
from evidence.saliency import RIM
from fovea.listing import all_of
from training.data.chest_xray_sources import source_of


def heat(evidence: Evidence) -> str:
    saliency = evidence["saliency"]
    height, width = saliency["cells"]
    parts = [
        "## Where the heatmaps look",
        "A heatmap shows roughly what the network used. It is not a localisation of disease. It has "
        f"{height} x {width} cells, each {100 / width:.0f} % of the film's width.",
        *_deletion(saliency["deletion"]),
        *_rim(saliency["rim"]),
        *_boxes(saliency.get("boxes", {"n": 0})),
    ]
    return "\n\n".join(parts)


def _deletion(deletion: Evidence) -> list[str]:
    shares = list(deletion["hottest"])
    rows = [[name, *(shown(deletion[name][share]) for share in shares)] for name in ("hottest", "random", "coldest")]
    return [
        f"Probability of the first answer when the hottest, random or coldest cells are blurred away "
        f"(n = {deletion['n']}, {shown(deletion['whole'])} for the whole film):",
        table(["cells", *(f"{float(share) * 100:.0f} % gone" for share in shares)], rows),
    ]


def _rim(rim: Evidence) -> list[str]:
    rows = [
        [
            "all of the test fold" if name == "all" else source_of(name).name,
            f"{row['n']:,}",
            percent(row["share of heat"]),
            percent(row["hottest point"]),
        ]
        for name, row in rim["rows"].items()
    ]
    return [
        f"Side markers, letters and edges lie in the outer {RIM * 100:.0f} % of each side, which is "
        f"{rim['area'] * 100:.0f} % of a film. Of the heat of the first answer there lie:",
        table(["films", "n", "share of the heat", "films whose hottest point lies there"], rows),
    ]


def _boxes(boxes: Evidence) -> list[str]:
    if not boxes["n"]:
        return []
    names = all_of(source_of(name).name for name in boxes["sources"])
    return [
        f"Radiologists drew boxes on {boxes['n']} films of {names}, of {boxes['patients']} patients who are not in the "
        f"training data. Inside the boxes lies {percent(boxes['share of heat inside'])} of the pneumonia heat. They "
        f"cover {percent(boxes['share of area inside'])} of the film. {hottest_points(boxes)}."
    ]
