"""From the body of a request to what the model says of its film."""
