"""SageMaker for moto: projects, Studio's user profiles, and what the model registry lacks."""


def install() -> None:
    """Puts the operations into moto's SageMaker as soon as moto loads it; twice does nothing new."""
    from catalog_emulator.cloudformation.types import moto_additions

    moto_additions.install({"sagemaker": "catalog_emulator.sagemaker.additions"})
