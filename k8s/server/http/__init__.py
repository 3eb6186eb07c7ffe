"""The application and its ports: routes, refusals, connections, start and end."""
