"""CloudFormation for moto: templates, a stack engine, every resource type, stack sets."""

from catalog_emulator.cloudformation.engine.backend import StackBackend

__all__ = ["install"]

# The path where functions of custom resources answer, as in moto.
_ANSWERS = "{0}/cloudformation_(?P<region>[^/]+)/cfnresponse$"


def install() -> None:
    """Put the engine into moto, in this process; calling it again changes nothing."""
    from moto.cloudformation import urls
    from moto.cloudformation.models import cloudformation_backends

    from catalog_emulator.cloudformation.api.responses import StackResponse
    from catalog_emulator.cloudformation.types import moto_additions

    moto_additions.install()
    if cloudformation_backends.backend is StackBackend:
        return
    cloudformation_backends.backend = StackBackend
    for account in cloudformation_backends.values():
        account.backend = StackBackend
        account.clear()
    urls.url_paths["{0}/$"] = StackResponse.dispatch
    urls.url_paths[_ANSWERS] = StackResponse.cfnresponse
