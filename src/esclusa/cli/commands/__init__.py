"""One module for each command: calls its verb, shows its answer."""
