"""Commits of CodeCommit's repositories: those of the API, the first one of a stack, and their events.

A repository keeps its commits and branches, its account the content of files, once for all repositories.
https://docs.aws.amazon.com/codecommit/latest/APIReference/API_CreateCommit.html and its siblings;
https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html
"""

import base64
import json
from collections.abc import Mapping
from hashlib import sha1
from typing import Any

from moto.codecommit.exceptions import RepositoryDoesNotExistException
from moto.codecommit.models import CodeCommit, CodeCommitBackend
from moto.codecommit.responses import CodeCommitResponse
from moto.core.exceptions import JsonRESTError
from moto.core.utils import unix_time

from catalog_emulator.events import send

Tree = dict[str, str]


def import_files(
    backend: CodeCommitBackend, repository: CodeCommit, branch: str, files: Mapping[str, bytes]
) -> None:
    """The first commit, on a branch that is the default one."""
    tree = {path: _blob(backend, content) for path, content in files.items()}
    _move(backend, repository, branch, _commit(repository, [], tree, _by("", "", "")))


def branches(repository: Any) -> dict[str, str]:
    """Branch name to commit id; kept on moto's repository and gone with it."""
    held: dict[str, str] = vars(repository).setdefault("branches", {})
    return held


def held_repository(response: CodeCommitResponse, name: str) -> CodeCommit:
    """The repository. Raises RepositoryDoesNotExistException."""
    repository = response.codecommit_backend.repositories.get(name)
    if repository is None:
        raise RepositoryDoesNotExistException(name)
    return repository


def create_commit(self: CodeCommitResponse) -> str:
    """Puts and deletes files on a branch; in an empty repository the branch is made."""
    changes = [("filesAdded", one) for one in self._get_param("putFiles") or []]
    changes += [("filesDeleted", one) for one in self._get_param("deleteFiles") or []]
    done: dict[str, list[dict[str, str]]] = {"filesAdded": [], "filesUpdated": [], "filesDeleted": []}
    backend, repository, tree = _started(self)
    for kind, change in changes:
        path = change["filePath"]
        if kind == "filesDeleted":
            if path not in tree:
                raise JsonRESTError("FileDoesNotExistException", f"File {path} does not exist")
            blob = tree.pop(path)
        else:
            kind = "filesUpdated" if path in tree else kind
            blob = tree[path] = _blob(backend, _decoded(change.get("fileContent", "")))
        done[kind].append({"absolutePath": path, "blobId": blob, "fileMode": "NORMAL"})
    return json.dumps({**_finished(self, repository, tree), **done})


def put_file(self: CodeCommitResponse) -> str:
    """One file that is new or other than before."""
    path, content = self._get_param("filePath"), _decoded(self._get_param("fileContent"))
    backend, repository, tree = _started(self)
    blob = _blob(backend, content)
    if tree.get(path) == blob:
        raise JsonRESTError("SameFileContentException", f"File {path} has this content")
    return json.dumps({**_finished(self, repository, {**tree, path: blob}), "blobId": blob})


def get_file(self: CodeCommitResponse) -> str:
    """A file as of a branch or a commit; without one, of the default branch."""
    repository = held_repository(self, self._get_param("repositoryName"))
    default = repository.repository_metadata.get("defaultBranch", "")
    named = (self._get_param("commitSpecifier") or default).removeprefix("refs/heads/")
    commit = branches(repository).get(named, named)
    path, tree = self._get_param("filePath"), _known(repository, commit)["tree"]
    if path not in tree:
        raise JsonRESTError("FileDoesNotExistException", f"File {path} does not exist")
    content = _blobs(self.codecommit_backend)[tree[path]]
    shown = {"commitId": commit, "blobId": tree[path], "filePath": path, "fileMode": "NORMAL"}
    text = base64.b64encode(content).decode()
    return json.dumps({**shown, "fileSize": len(content), "fileContent": text})


def get_commit(self: CodeCommitResponse) -> str:
    """A commit by its id."""
    repository, commit = held_repository(self, self._get_param("repositoryName")), self._get_param("commitId")
    shown = {name: value for name, value in _known(repository, commit).items() if name != "tree"}
    return json.dumps({"commit": {"commitId": commit, **shown}})


def get_branch(self: CodeCommitResponse) -> str:
    """A branch's commit."""
    name, branch = self._get_param("repositoryName"), self._get_param("branchName")
    commit = _tip(held_repository(self, name), branch)
    return json.dumps({"branch": {"branchName": branch, "commitId": commit}})


def create_branch(self: CodeCommitResponse) -> str:
    """Another branch at a commit."""
    repository = held_repository(self, self._get_param("repositoryName"))
    branch, commit = self._get_param("branchName"), self._get_param("commitId")
    _known(repository, commit)
    if branch in branches(repository):
        raise JsonRESTError("BranchNameExistsException", f"Branch {branch} already exists")
    _move(self.codecommit_backend, repository, branch, commit)
    return ""


def delete_branch(self: CodeCommitResponse) -> str:
    """Not the default branch. One that is not there is deleted, too."""
    repository, branch = (
        held_repository(self, self._get_param("repositoryName")),
        self._get_param("branchName"),
    )
    if branch == repository.repository_metadata.get("defaultBranch"):
        raise JsonRESTError("DefaultBranchCannotBeDeletedException", f"Branch {branch} is the default branch")
    commit = branches(repository).get(branch)
    if commit is None:
        return "{}"
    _move(self.codecommit_backend, repository, branch, "")
    return json.dumps({"deletedBranch": {"branchName": branch, "commitId": commit}})


def _started(response: CodeCommitResponse) -> tuple[CodeCommitBackend, CodeCommit, Tree]:
    """The tree that the request changes; the parent that it names must be the tip of the branch."""
    repository = held_repository(response, response._get_param("repositoryName"))
    branch, parent = response._get_param("branchName"), response._get_param("parentCommitId")
    if not branches(repository):
        return response.codecommit_backend, repository, {}
    tip = _tip(repository, branch)
    if not parent:
        raise JsonRESTError("ParentCommitIdRequiredException", "A parent commit ID is required")
    if parent != tip:
        raise JsonRESTError("ParentCommitIdOutdatedException", f"The tip of branch {branch} is {tip}")
    return response.codecommit_backend, repository, {**_known(repository, tip)["tree"]}


def _finished(response: CodeCommitResponse, repository: CodeCommit, tree: Tree) -> dict[str, str]:
    branch = response._get_param("branchName")
    parents = [branches(repository)[branch]] if branches(repository) else []
    if parents and tree == _known(repository, parents[0])["tree"]:
        raise JsonRESTError("NoChangeException", "The commit changes nothing")
    author = response._get_param("authorName") or response._get_param("name") or ""
    email, message = response._get_param("email") or "", response._get_param("commitMessage") or ""
    commit = _commit(repository, parents, tree, _by(author, email, message))
    _move(response.codecommit_backend, repository, branch, commit)
    return {"commitId": commit, "treeId": _known(repository, commit)["treeId"]}


def _by(author: str, email: str, message: str) -> dict[str, Any]:
    who = {"name": author, "email": email, "date": f"{int(unix_time())} +0000"}
    return {"message": message, "author": who, "committer": who, "additionalData": ""}


def _commit(repository: CodeCommit, parents: list[str], tree: Tree, details: Mapping[str, Any]) -> str:
    held = vars(repository).setdefault("commits", {})
    files = sorted(tree.items())
    commit = _id("commit", json.dumps([parents, files, details]).encode())
    tree_id = _id("tree", json.dumps(files).encode())
    held[commit] = {"treeId": tree_id, "parents": parents, **details, "tree": tree}
    return commit


def _move(backend: CodeCommitBackend, repository: CodeCommit, branch: str, commit: str) -> None:
    """The branch to a commit, or away; with its event."""
    metadata: Any = repository.repository_metadata
    old = branches(repository).pop(branch, "")
    if commit:
        branches(repository)[branch] = commit
        metadata.setdefault("defaultBranch", branch)
    event = ("referenceUpdated" if old else "referenceCreated") if commit else "referenceDeleted"
    detail = {
        "event": event,
        "repositoryName": metadata["repositoryName"],
        "repositoryId": metadata["repositoryId"],
        "referenceType": "branch",
        "referenceName": branch,
        "referenceFullName": f"refs/heads/{branch}",
        **{name: one for name, one in (("commitId", commit), ("oldCommitId", old)) if one},
    }
    send(
        "aws.codecommit",
        "CodeCommit Repository State Change",
        [metadata["Arn"]],
        detail,
        account_id=backend.account_id,
        region=backend.region_name,
    )


def _tip(repository: CodeCommit, branch: str) -> str:
    if branch not in branches(repository):
        name = repository.repository_metadata["repositoryName"]
        message = f"Branch {branch} does not exist in repository {name}"
        raise JsonRESTError("BranchDoesNotExistException", message)
    return branches(repository)[branch]


def _known(repository: CodeCommit, commit: str) -> dict[str, Any]:
    found: dict[str, Any] | None = vars(repository).get("commits", {}).get(commit)
    if found is None:
        raise JsonRESTError("CommitDoesNotExistException", f"Commit {commit} does not exist")
    return found


def _decoded(text: str | None) -> bytes:
    content = base64.b64decode(text or "")
    if not content:
        raise JsonRESTError("FileContentRequiredException", "The content of a file is required")
    return content


def _blobs(backend: CodeCommitBackend) -> dict[str, bytes]:
    held: dict[str, bytes] = vars(backend).setdefault("blobs", {})
    return held


def _blob(backend: CodeCommitBackend, content: bytes) -> str:
    identifier = _id("blob", content)
    _blobs(backend)[identifier] = content
    return identifier


def _id(kind: str, content: bytes) -> str:
    """As Git's, of a blob."""
    return sha1(f"{kind} {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()


ADDITIONS = (create_commit, put_file, get_file, get_commit, get_branch, create_branch, delete_branch)
