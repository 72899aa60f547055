"""The paths of the service, a module a kind of thing."""
