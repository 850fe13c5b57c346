"""The nouns as values and protocols: pure, no I/O, no clock; imports nothing of ours."""
