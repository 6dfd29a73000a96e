"""What is put into moto's SageMaker."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore import xform_name
from moto.core.utils import get_service_model
from moto.sagemaker import models
from moto.sagemaker.responses import SageMakerResponse

from catalog_emulator.sagemaker import model_registry, responses, studio

_NAMES = [xform_name(name) for name in get_service_model("sagemaker").operation_names]
ADDITIONS: Final[Mapping[Any, tuple[Callable[..., Any], ...]]] = {
    SageMakerResponse: (
        *(
            vars(module)[name]
            for module in (model_registry, studio)
            for name in _NAMES
            if name in vars(module)
        ),
        *responses.operations(),
    ),
    models: (model_registry.load_pipeline_definition_from_s3,),
}
