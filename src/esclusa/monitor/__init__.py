"""What others watch us by: metrics in Prometheus' text format, and the alerts that belong to them."""
