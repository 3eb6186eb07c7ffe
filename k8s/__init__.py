"""The chest X-ray endpoint and its Kubernetes manifests."""
