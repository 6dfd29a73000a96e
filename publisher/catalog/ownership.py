"""The writes that make resources managed, and the account as it will be after them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from publisher.catalog.owners import tag_list, tags
from publisher.errors import Refused

_READS = ("describe_", "list_", "search_", "scan_")


@dataclass(frozen=True)
class OwnershipWrite:
    """One write that makes a resource managed: a tag, or a name or digest in a description."""

    label: str
    operation: str
    request: Mapping[str, Any]


class AsWritten:
    """A client of Service Catalog whose reads answer as if these writes had been made."""

    def __init__(self, client: Any, writes: Iterable[OwnershipWrite]) -> None:
        self._client = client
        self._tags: dict[str, dict[str, str]] = {}
        self._descriptions: dict[str, str] = {}
        for write in writes:
            request = write.request
            id_ = str(request.get("ProvisioningArtifactId") or request["Id"])
            self._tags[id_] = {it["Key"]: it["Value"] for it in request.get("AddTags", ())}
            if "Description" in request:
                self._descriptions[id_] = request["Description"]

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        if not operation.startswith(_READS):
            raise AttributeError(operation)

        def read(**request: Any) -> Any:
            answer = getattr(self._client, operation)(**request)
            if added := self._tags.get(request.get("Id", "")):
                answer["Tags"] = tag_list(tags(answer) | added)
            self._describe(answer)
            return answer

        return read

    def _describe(self, part: Any) -> None:
        """Replaces the descriptions of what is written, wherever it is in an answer."""
        if isinstance(part, dict):
            id_ = part.get("ConstraintId") or part.get("Id")
            if id_ in self._descriptions:
                part["Description"] = self._descriptions[id_]
        for it in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            self._describe(it)


def refuse_too_long(client: Any, writes: Iterable[OwnershipWrite]) -> None:
    """Raises Refused when a text would be longer than the API takes; botocore does not check that."""
    found = [it for write in writes for it in _too_long(client, write)]
    if found:
        raise Refused("; ".join(found), hint="shorten them in the account, then adopt again")


def _too_long(client: Any, write: OwnershipWrite) -> Iterator[str]:
    operation = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[write.operation])
    for name, value in write.request.items():
        most = operation.input_shape.members[name].metadata.get("max")
        if most is not None and len(value) > most:
            yield f"the {name.lower()} of {write.label} would have {len(value)} characters, at most {most}"
