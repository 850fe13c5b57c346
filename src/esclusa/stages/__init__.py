"""What `uses:` names: one file for each word, each tying a craft to the pipeline."""
