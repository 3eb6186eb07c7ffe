"""What a layer does, in a sentence for readers who have met no network before, by the keys of `words`."""

PLAIN = {
    "convolution": "This layer looks for one small pattern per map. A map is bright where its pattern is.",
    "grouped convolution": "This layer looks for one small pattern per map. A map is bright where its pattern is.",
    "partial convolution": "This layer looks for one small pattern per map, each in some of the maps before it.",
    "relu": "This layer keeps what was found and drops the rest.",
    "tanh": "This layer keeps small values and holds large ones back.",
    "scaled tanh": "This layer keeps small values and holds large ones back.",
    "batch norm": "This layer makes maps brighter or darker, so that none drowns the others.",
    "response norm": "This layer dims a map where the maps next to it are strong too.",
    "max pooling": "This layer makes the maps smaller. The strongest find of each small area stays.",
    "max pooling in place": "This layer spreads each strong find to the places around it.",
    "average pooling": "This layer makes the maps smaller. The mean of each small area stays.",
    "subsampling": "This layer makes the maps smaller. How strongly and from where on each counts was learned.",
    "average": "This layer turns each map into one number: how much of its pattern the image has.",
    "concatenation": "This layer collects what its four branches found.",
    "block": "This part of the network takes several steps at once. A map is bright where it found its pattern.",
    "dense": "This layer weighs everything that was found so far.",
    "distance": "This layer compares what was found with a small drawing of each digit. The nearest one wins.",
}
