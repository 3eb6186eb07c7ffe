"""The stages of a network: between two of them one tensor carries everything on, as between two Inception blocks."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import takewhile

import onnx

INPUT = "pixels"


def stages(graph: onnx.GraphProto, kinds: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """The names of the nodes of these `kinds` by stage, first to last; each stage has a convolution.

    What stands in front of the first convolution belongs to the first stage, what stands behind the last to the last.
    """
    found: list[list[str]] = []
    before: list[str] = []
    for group in _between_cuts(graph):
        names = [node.name for node in group if node.op_type in kinds]
        if any(node.op_type == "Conv" for node in group):
            found.append(before + names)
            before = []
        else:
            (found[-1] if found else before).extend(names)
    return tuple(tuple(names) for names in found)


def _between_cuts(graph: onnx.GraphProto) -> Iterator[list[onnx.NodeProto]]:
    """The nodes that compute with pixels, in groups: what follows a group reads one tensor of it and of all before."""
    nodes, reached = [], {INPUT}
    for node in graph.node:
        if node.op_type != "Shape" and reached.intersection(node.input):
            nodes.append(node)
            reached.update(node.output)
    to_come = Counter(name for node in nodes for name in node.input if name in reached)  # readers of each tensor
    is_open, group = {INPUT}, []
    for node in nodes:
        group.append(node)
        to_come.subtract(name for name in node.input if name in reached)
        is_open = {name for name in (*is_open, *node.output) if to_come[name] > 0}
        if len(is_open) == 1:
            yield group
            group = []
    yield group


def stage_names(graph: onnx.GraphProto, found: Sequence[Collection[str]]) -> tuple[str, ...]:
    """What the names of each stage's weights begin with, less what all stages have in common; "" where that is nothing.

    "Mixed_5b" for `network.stages.Mixed_5b.branch1x1.conv.weight` and its neighbours, if all are in `network.stages`.
    """
    weights = {node.name: node.input[1].partition(".weight")[0] for node in graph.node if node.op_type == "Conv"}
    paths = [_common([weights[name].split(".") for name in names if name in weights]) for names in found]
    shared = len(_common(paths)) if len(paths) > 1 else 0
    return tuple(".".join(path[shared:]) for path in paths)


def _common(paths: Sequence[Sequence[str]]) -> list[str]:
    """The parts with which all of `paths` begin."""
    together = zip(*paths, strict=False)
    return [parts[0] for parts in takewhile(lambda parts: len(set(parts)) == 1, together)]
