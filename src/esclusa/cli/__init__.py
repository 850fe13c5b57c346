"""The command line: arguments to one verb of the workspace, and its answer to text or JSON."""
