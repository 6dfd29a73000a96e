"""What a repository begins with, and how a family comes into one. Makes no AWS call."""
