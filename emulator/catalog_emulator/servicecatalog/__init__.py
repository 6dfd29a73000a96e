"""AWS Service Catalog for moto, in place of the few calls that moto has itself."""

from typing import Any


def install() -> None:
    """Puts this backend into moto, for `mock_aws` and for moto's server. Calling it again changes nothing."""
    from moto.servicecatalog.models import servicecatalog_backends

    from catalog_emulator.servicecatalog import responses
    from catalog_emulator.servicecatalog.backend import ServiceCatalogBackend

    # The registry itself stays, because moto and its users hold references to it.
    registry: Any = servicecatalog_backends
    ServiceCatalogBackend.urls_module = responses
    if registry.backend is not ServiceCatalogBackend:
        registry.backend = ServiceCatalogBackend
        registry.clear()
