"""What a layer does, in words, told from what a file says of it: its kind, title, window and parameters."""

from fovea import Layer

SENTENCES = {
    "convolution": "Each map is the sum of the maps before it under one kernel, slid over all places. "
    "Blue-green to yellow is above zero, violet to rose below.",
    "grouped convolution": "Each map is the sum of the maps of its own group before it under one kernel, slid over all "
    "places. It sees nothing of the other group. Blue-green to yellow is above zero, violet to rose below.",
    "partial convolution": "Each map is the sum of some of the maps before it under one kernel, slid over all places. "
    "A table says which. Maps that see different inputs learn different things.",
    "relu": "ReLU keeps what is above zero and cuts the rest: all that was rose is dark now.",
    "tanh": "Tanh bends every value into the range from -1 to 1: small ones stay, large ones saturate.",
    "scaled tanh": "Scaled tanh bends every value into the range from -1.7159 to 1.7159. It is scaled so that 1 stays "
    "1 and -1 stays -1. Larger ones saturate.",
    "batch norm": "Batch norm multiplies each map by one number of its own and adds another, both fixed since "
    "training: the pattern stays, its range moves.",
    "response norm": "Each value is divided by what the maps next to it hold at the same place: where its neighbours "
    "are strong, a map is dimmed.",
    "max pooling": "Max pooling keeps the largest value of each window: fewer places, less tied to where exactly "
    "something was.",
    "max pooling in place": "Max pooling with stride 1 puts the largest value around it at each place: as many places "
    "as before, and bright spots spread.",
    "average pooling": "Average pooling keeps the mean of each window: fewer places, less tied to where exactly "
    "something was.",
    "subsampling": "Subsampling adds up the four values of each window, so there are fewer places. It multiplies the "
    "sum by a weight and adds a bias, both learned for each map.",
    "average": "Each map becomes one number, the mean of all its places: how much there was of something stays, where "
    "it was is gone.",
    "concatenation": "The maps of all four branches, one after another: 1 x 1, 3 x 3, 5 x 5 and pooling.",
    "block": "Several layers of the network, shown as one. These maps are what the last of them gives.",
    "dense": "Each unit weighs everything before it. It no longer has a place in the image.",
    "distance": "Each unit compares everything before it with a picture drawn by hand, its bitmap. The value is minus "
    "the squared distance, so the unit nearest to 0 wins.",
}


def operation(layer: Layer) -> str:
    """The key of SENTENCES for `layer`; "" where the file does not say what kind it is."""
    title = layer.title.lower()
    if layer.kind == "norm":  # only batch norm learns
        return "batch norm" if layer.parameters else "response norm"
    if layer.kind == "activation":
        return next((name for name in ("scaled tanh", "tanh") if name in title), "relu")
    if layer.kind == "pooling":
        if layer.parameters:
            return "subsampling"
        if not layer.kernel_size:
            return "average"
        if "average" in title:
            return "average pooling"
        return "max pooling" if layer.stride > 1 else "max pooling in place"
    if layer.kind == "convolution" and layer.groups > 1:
        return "grouped convolution"
    if layer.kind == "convolution" and "partial" in title:
        return "partial convolution"
    return layer.kind or ""
