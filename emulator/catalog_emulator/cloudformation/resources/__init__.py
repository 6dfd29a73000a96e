"""What makes a resource of any type, and what is known of the types."""
