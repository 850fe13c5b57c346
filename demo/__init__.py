"""The demo: a real agent's history played through the lock, with live customers at the gate."""
