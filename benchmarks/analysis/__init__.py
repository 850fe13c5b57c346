"""Is the live analysis right, and how fast? The engine's own class, in seeded worlds."""
