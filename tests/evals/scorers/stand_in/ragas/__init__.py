"""What of ragas the scorer touches, in the shapes of 0.4.3: that one weighs too much to be installed for tests."""
