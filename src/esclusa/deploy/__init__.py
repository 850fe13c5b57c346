"""How releases reach traffic: strategies plan, the engine decides, the controller acts, targets converge."""
