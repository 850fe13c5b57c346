"""What dies in mid-canary, and what of it a customer, the log or the machine can notice: nothing."""
