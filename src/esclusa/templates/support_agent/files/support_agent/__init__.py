"""The customer support agent of Marea, a small homeware shop."""
