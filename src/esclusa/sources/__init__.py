"""Where an agent comes from: a commit, checked out clean, with its dependencies locked and installed."""
