"""What a user writes, read strictly: `esclusa.yaml` to a Project, that to a plan, a repository to a file."""
