"""From a checkpoint to one ONNX file. `export.runtime` is all that serving needs, and it never imports torch."""
