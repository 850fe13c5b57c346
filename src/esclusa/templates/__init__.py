"""What `esclusa init --template` copies; `config.templates` makes repositories of it."""
