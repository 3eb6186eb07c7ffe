"""The chest X-ray endpoint: `python -m k8s.server`. FastAPI around `fovea`; never torch."""

import os

# before onnxruntime is imported: left alone it writes a device id and sends usage data to its makers
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
