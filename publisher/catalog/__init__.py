"""The adapter to Service Catalog: observe, create, update, delete. The only holder of ids."""

from publisher.catalog.target import ServiceCatalog

__all__ = ["ServiceCatalog"]
