"""What of DeepEval the scorer touches, in the shapes of 4.3.1: that one weighs too much to be installed for tests."""

__version__ = "4.3.1"
