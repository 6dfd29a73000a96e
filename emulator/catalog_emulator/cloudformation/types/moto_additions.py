"""Puts into moto's services the calls that the resource types need and moto lacks (`moto_<service>.py`).

What moto answers already stays as it is.
"""

from importlib import import_module

# Loading a service costs time: EC2's takes longer than all others together, so it waits until it is needed.
AT_ONCE = ("codebuild", "codecommit", "codepipeline", "events", "iam", "logs", "s3")
WHEN_NEEDED = ("ec2",)


def install(*services: str) -> None:
    """Adds the calls of these services (all but the slow ones if none is named); twice does nothing new."""
    for name in services or AT_ONCE:
        if name in (*AT_ONCE, *WHEN_NEEDED):
            module = import_module(f"catalog_emulator.cloudformation.types.moto_{name}")
            for owner, functions in module.ADDITIONS.items():
                for function in functions:
                    setattr(owner, function.__name__, function)
