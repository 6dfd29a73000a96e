"""AppRegistry, which is moto's: with the tags of applications by their ARN, and times as clients read them.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_app-registry_TagResource.html
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from moto.core.resource_tagging import TaggableResourcesMixin, TaggedResource
from moto.core.utils import iso_8601_datetime_with_milliseconds
from moto.servicecatalogappregistry import urls
from moto.servicecatalogappregistry.models import Application, AppRegistryBackend
from moto.servicecatalogappregistry.responses import AppRegistryResponse
from typing_extensions import override

_to_json = Application.to_json


def to_json(self: Application) -> dict[str, Any]:
    """moto's times are local ones, without a zone."""
    return {
        **_to_json(self),
        "creationTime": _iso(self.creationTime),
        "lastUpdateTime": _iso(self.lastUpdateTime),
    }


def _iso(time: datetime) -> str:
    return iso_8601_datetime_with_milliseconds(time.astimezone(UTC))


class Tags(TaggableResourcesMixin):
    """Applications in the tagging API; a base of moto's backend."""

    SERVICE_NAMESPACE = "servicecatalog"

    @override
    def iter_tagged_resources(self) -> Iterator[TaggedResource]:
        backend: Any = self
        for arn in backend.applications:
            tags = backend._list_tags_for_resource(arn)
            yield TaggedResource(arn=arn, tags=tags, resource_type="servicecatalog:application")

    @override
    def tag_resource(self, arn: str, tags: Mapping[str, str]) -> None:
        backend: Any = self
        backend._tag_resource(arn, dict(tags))

    @override
    def untag_resource(self, arn: str, tag_keys: Sequence[str]) -> None:
        backend: Any = self
        backend._untag_resource(arn, list(tag_keys))


def list_tags_for_resource(self: AppRegistryResponse) -> str:
    """The tags of an application."""
    arn = _application(self)
    return json.dumps({"tags": self.servicecatalogappregistry_backend._list_tags_for_resource(arn)})


def tag_resource(self: AppRegistryResponse) -> str:
    """Adds tags to an application."""
    self.servicecatalogappregistry_backend._tag_resource(_application(self), self._get_param("tags"))
    return "{}"


def untag_resource(self: AppRegistryResponse) -> str:
    """Removes tags from an application."""
    keys = self.querystring.get("tagKeys", [])
    self.servicecatalogappregistry_backend._untag_resource(_application(self), keys)
    return "{}"


def _application(response: AppRegistryResponse) -> str:
    arn: str = response._find_app_by_any_value(unquote(response._get_param("resourceArn"))).arn
    return arn


def install() -> None:
    """Puts it into moto; calling it again changes nothing."""
    backend: Any = AppRegistryBackend
    if issubclass(backend, Tags):
        return
    backend.__bases__ += (Tags,)
    urls.url_paths["{0}/tags/(?P<arn>.+)$"] = AppRegistryResponse.dispatch
    additions: dict[Any, Any] = {
        Application: (to_json,),
        AppRegistryResponse: (list_tags_for_resource, tag_resource, untag_resource),
    }
    for owner, functions in additions.items():
        for function in functions:
            setattr(owner, function.__name__, function)
