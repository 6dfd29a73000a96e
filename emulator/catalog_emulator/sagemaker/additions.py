"""What is put into moto's SageMaker."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore import xform_name
from moto.core.utils import get_service_model
from moto.sagemaker import models
from moto.sagemaker.responses import SageMakerResponse

from catalog_emulator.sagemaker import endpoints, model_packages, model_registry, responses, studio

_NAMES = {xform_name(name) for name in get_service_model("sagemaker").operation_names}
_OWN = {**vars(model_registry), **vars(studio), "update_endpoint": endpoints.update_endpoint}
ADDITIONS: Final[Mapping[Any, tuple[Callable[..., Any], ...]]] = {
    SageMakerResponse: (*(_OWN[name] for name in _OWN.keys() & _NAMES), *responses.operations()),
    models.SageMakerModelBackend: (*endpoints.BACKEND, *model_packages.BACKEND),
    models: (model_registry.load_pipeline_definition_from_s3,),
}
