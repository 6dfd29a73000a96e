"""AWS clients, their pacing, and waiting; alone with boto3 and botocore."""
