"""From a project to its targets: desired catalogs, template buckets, plans and their rollout."""
