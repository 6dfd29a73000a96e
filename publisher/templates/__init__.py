"""From Jinja2 to a canonical CloudFormation template, and what can be read from one. Makes no AWS call."""
