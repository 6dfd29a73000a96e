"""SageMaker for moto: projects, Studio's user profiles, and what the model registry lacks."""


def install() -> None:
    """Puts the operations into moto's SageMaker, in this process; calling it again changes nothing."""
    from moto.sagemaker import models
    from moto.sagemaker.responses import SageMakerResponse

    from catalog_emulator.sagemaker import model_registry, responses, studio

    for method in (*model_registry.OPERATIONS, *studio.OPERATIONS, *responses.operations()):
        setattr(SageMakerResponse, method.__name__, method)
    vars(models)["load_pipeline_definition_from_s3"] = model_registry.definition_in_s3
