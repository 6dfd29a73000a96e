"""EventBridge: patterns of rules, and what services send to the default bus. Does not know the services."""

from catalog_emulator.events.sending import send

__all__ = ["send"]
