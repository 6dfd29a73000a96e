"""Service Catalog as a target: observe, create, update, delete. The only holder of ids."""

from publisher.catalog.target import ServiceCatalog

__all__ = ["ServiceCatalog"]
