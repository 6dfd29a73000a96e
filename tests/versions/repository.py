"""A project with a history: a family `tools` with two products, in a git repository."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dulwich import porcelain
from dulwich.repo import Repo

from tests.conftest import write_files

AUTHOR = b"Somebody <somebody@example.com>"
PRODUCT_FILE = "products/tools/product.yaml"
TEMPLATE_FILE = "products/tools/template.yaml.j2"
PRODUCT = """\
# Who works on what.
family: tools
version: "1.0.0"  # as published
display_name: "Tools {size}"
owner: Platform
axes:
  size: {small: small, big: big}
combinations:
  - {size: [small, big]}
template: template.yaml.j2
launch_role: launch-tools
"""
TEMPLATE = """\
Parameters:
  Days: {Type: Number, Default: 30}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {QueueName: jobs, DelaySeconds: 1}
{% if size == "big" %}
  Topic: {Type: AWS::SNS::Topic}
{% endif %}
Outputs:
  QueueUrl: {Value: !Ref Queue}
"""
PORTFOLIO = """\
display_name: Tools
provider_name: Platform
regions: [us-west-2]
products: [{product: tools-*, constraints: [{type: LAUNCH}]}]
"""
FILES = {PRODUCT_FILE: PRODUCT, TEMPLATE_FILE: TEMPLATE, "portfolio/tools.yaml": PORTFOLIO}


class History:
    """A repository in which the project is at `root`, below `within`."""

    def __init__(self, folder: Path, within: str = "") -> None:
        self.folder, self.root = folder, folder / within
        self.root.mkdir(parents=True, exist_ok=True)
        porcelain.init(folder).close()

    def write(self, files: Mapping[str, str]) -> None:
        write_files(self.root, files)

    def edit(self, path: str, before: str, after: str) -> None:
        text = (self.root / path).read_text()
        assert before in text
        self.write({path: text.replace(before, after)})

    def remove(self, path: str) -> None:
        shutil.rmtree(self.root / path)

    def commit(self, message: str = "Change", files: Mapping[str, str] | None = None) -> str:
        """Commits everything; the commit in hex."""
        self.write(files or {})
        with Repo(str(self.folder)) as repo:
            porcelain.add(repo, [str(self.folder)])
            made: Any = porcelain.commit(
                repo, message=message.encode(), author=AUTHOR, committer=AUTHOR, all=True
            )
            return str(made.decode())

    @property
    def head(self) -> str:
        """The last commit, in hex."""
        with Repo(str(self.folder)) as repo:
            return str(repo.head().decode())

    def break_object(self, commit: str) -> None:
        """Makes a commit unreadable."""
        path = self.folder / f".git/objects/{commit[:2]}/{commit[2:]}"
        path.chmod(0o644)
        path.write_bytes(b"rubbish")

    def version(self, before: str, after: str) -> str:
        """Sets another version of the family, and commits everything."""
        self.edit(PRODUCT_FILE, f'"{before}"', f'"{after}"')
        return self.commit(after)
