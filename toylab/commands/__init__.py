"""One module for each subcommand of `toylab`, each with a `command`."""
