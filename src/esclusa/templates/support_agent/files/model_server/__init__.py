"""SmolLM2-135M-Instruct behind an OpenAI-compatible HTTP API."""
