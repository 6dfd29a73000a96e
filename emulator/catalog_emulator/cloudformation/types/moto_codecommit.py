"""CodeCommit's calls but create, get and delete: listing, description, key, name, tags, commits.

https://docs.aws.amazon.com/codecommit/latest/APIReference/API_Operations.html
"""

import json
from typing import Any

from moto.codecommit.models import CodeCommit
from moto.codecommit.responses import CodeCommitResponse
from moto.core.exceptions import JsonRESTError
from moto.core.utils import iso_8601_datetime_with_milliseconds

from catalog_emulator.cloudformation.types import codecommit_commits
from catalog_emulator.cloudformation.types.codecommit_commits import branches, held_repository

_create = CodeCommitResponse.create_repository


def create_repository(self: CodeCommitResponse) -> str:
    """moto's, then key and tags, which it ignores."""
    answer = json.loads(_create(self))
    repository = self.codecommit_backend.repositories[self._get_param("repositoryName")]
    if self._get_param("kmsKeyId"):
        repository.repository_metadata["kmsKeyId"] = self._get_param("kmsKeyId")
    _tags(repository).update(self._get_param("tags") or {})
    return json.dumps(
        {"repositoryMetadata": {**answer["repositoryMetadata"], **repository.repository_metadata}}
    )


def list_repositories(self: CodeCommitResponse) -> str:
    """Names and ids, by name."""
    held = self.codecommit_backend.repositories
    rows = [
        {"repositoryName": name, "repositoryId": held[name].repository_metadata["repositoryId"]}
        for name in sorted(held)
    ]
    return json.dumps({"repositories": rows})


def update_repository_description(self: CodeCommitResponse) -> str:
    """The description only."""
    return _change(self, repositoryDescription=self._get_param("repositoryDescription") or "")


def update_repository_encryption_key(self: CodeCommitResponse) -> str:
    """The key only."""
    metadata = held_repository(self, self._get_param("repositoryName")).repository_metadata
    original = metadata.get("kmsKeyId", "")
    _change(self, kmsKeyId=self._get_param("kmsKeyId"))
    return json.dumps(
        {
            "repositoryId": metadata["repositoryId"],
            "kmsKeyId": metadata["kmsKeyId"],
            "originalKmsKeyId": original,
        }
    )


def update_repository_name(self: CodeCommitResponse) -> str:
    """Another name, and with it other clone URLs and another ARN."""
    old, new = self._get_param("oldName"), self._get_param("newName")
    repository = held_repository(self, old)
    held = self.codecommit_backend.repositories
    if new in held:
        raise JsonRESTError("RepositoryNameExistsException", f"Repository named {new} already exists")
    held[new] = held.pop(old)
    metadata = repository.repository_metadata
    metadata["repositoryName"] = new
    for name in ("cloneUrlSsh", "cloneUrlHttp", "Arn"):
        metadata[name] = metadata[name].removesuffix(old) + new
    return ""


def list_branches(self: CodeCommitResponse) -> str:
    """Branch names."""
    return json.dumps(
        {"branches": sorted(branches(held_repository(self, self._get_param("repositoryName"))))}
    )


def list_tags_for_resource(self: CodeCommitResponse) -> str:
    """A repository's tags."""
    return json.dumps({"tags": _tags(_by_arn(self))})


def tag_resource(self: CodeCommitResponse) -> str:
    """Adds tags."""
    _tags(_by_arn(self)).update(self._get_param("tags") or {})
    return ""


def untag_resource(self: CodeCommitResponse) -> str:
    """Removes tags."""
    tags = _tags(_by_arn(self))
    for key in self._get_param("tagKeys") or []:
        tags.pop(key, None)
    return ""


def _tags(repository: Any) -> dict[str, str]:
    held: dict[str, str] = repository.__dict__.setdefault("tags", {})
    return held


def _by_arn(response: CodeCommitResponse) -> CodeCommit:
    return held_repository(response, response._get_param("resourceArn").rsplit(":", 1)[-1])


def _change(response: CodeCommitResponse, **members: str) -> str:
    repository = held_repository(response, response._get_param("repositoryName"))
    now = iso_8601_datetime_with_milliseconds()
    repository.repository_metadata.update(members, lastModifiedDate=now)
    return ""


ADDITIONS = {
    CodeCommitResponse: (
        *(create_repository, list_repositories, list_branches, tag_resource, untag_resource),
        *(update_repository_description, update_repository_encryption_key, update_repository_name),
        *(list_tags_for_resource, *codecommit_commits.ADDITIONS),
    )
}
