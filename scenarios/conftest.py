"""Tells the plugin that every YAML file below this folder is a scenario, so that `pytest scenarios/` runs them."""

toylab_collect = True
