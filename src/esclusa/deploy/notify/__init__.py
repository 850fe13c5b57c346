"""Telling people: the courier takes notices out of the outbox, and a sender brings one to its channel."""
