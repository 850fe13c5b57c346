"""CI/CD for AI agents: from commit to production traffic, gate by gate, and back by itself."""

__version__ = "0.1.0.dev0"
