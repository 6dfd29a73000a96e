"""Stack sets: one template's stacks in several accounts and Regions."""
