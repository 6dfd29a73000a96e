"""Stacks and what happens to them: operations, changes, drift, exports."""
