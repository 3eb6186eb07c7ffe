"""Models that a test changed, with the revision of what they then hold."""

from onnx import helper

from fovea.revision import revision


def stamp(proto, **properties):
    """Set the metadata `properties`, and the revision of the weights that `proto` holds."""
    kept = {entry.key: entry.value for entry in proto.metadata_props}
    helper.set_model_props(proto, kept | properties | {"revision": revision(proto.SerializeToString())})
