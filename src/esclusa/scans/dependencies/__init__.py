"""Dependencies: which packages there are, and which of them are known to be vulnerable."""
