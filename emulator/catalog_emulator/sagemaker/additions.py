"""What is put into moto's SageMaker."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.sagemaker import models
from moto.sagemaker.responses import SageMakerResponse

from catalog_emulator.sagemaker import model_registry, responses, studio

ADDITIONS: Final[Mapping[Any, tuple[Callable[..., Any], ...]]] = {
    SageMakerResponse: (*model_registry.OPERATIONS, *studio.OPERATIONS, *responses.operations()),
    models: (model_registry.load_pipeline_definition_from_s3,),
}
