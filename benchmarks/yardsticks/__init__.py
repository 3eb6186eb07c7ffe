"""The same ONNX file behind LitServe, BentoML and KServe's Python server: what the endpoint is compared with.

Each server runs in an environment of its own (environments.py), calls the same `load(...).predict(bytes)`, and answers
JSON with `probabilities` and `ood_score`. No server logs its requests, none batches.
"""
