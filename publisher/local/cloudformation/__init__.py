"""A stack engine for moto: every resource type, rollback, replacement, events, exports."""
