"""Which addresses are Service Catalog's."""

from __future__ import annotations

from moto.servicecatalogappregistry.responses import AppRegistryResponse
from moto.servicecatalogappregistry.urls import url_paths as registry_paths

from catalog_emulator.servicecatalog.responses import ServiceCatalogResponse

url_bases = [r"https?://servicecatalog\.(.+)\.amazonaws\.com"]

url_paths = {
    "{0}/$": ServiceCatalogResponse.dispatch,
    # AppRegistry signs as servicecatalog, so on a served endpoint its requests arrive here too.
    **dict.fromkeys(registry_paths, AppRegistryResponse.dispatch),
}
