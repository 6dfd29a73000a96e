"""CloudFormation over the wire."""
