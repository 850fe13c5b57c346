"""What an eval costs, and what it loses when it is killed."""
