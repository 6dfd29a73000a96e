"""The pipeline that publishes a repository: its stack, rendered from files, compared, deployed."""
