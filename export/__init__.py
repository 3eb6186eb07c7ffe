"""From a checkpoint to one ONNX file, after parity with torch."""
