"""The situations, as YAML: one folder for each spec. A package only so that an installed toylab finds its files."""
