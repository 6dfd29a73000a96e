"""The files of a new repository, which has one family of two products: those in `repository/`, renamed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from publisher.documents import contents, walk
from publisher.errors import DISTRIBUTION, InputError, did_you_mean, quoted

_FILES = Path(__file__).parent / "repository"
_LIMIT = 1 << 20
_PLACEHOLDER = re.compile(r"([Ss])tarter[ -](portfolio|family|account|region|version)")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_WORDS = "lowercase letters and digits, with single hyphens between, starting with a letter"
# The bucket of a launch is <family>-<16 characters>-<12 digits>, of at most 63.
_LONGEST = 33
# What names of buckets, SSM parameters and tags do not begin with.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
# https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
_RESERVED = re.compile(r"aws|ssm|xn--|sthree-|amzn-s3-demo-")


@dataclass(frozen=True, kw_only=True)
class Names:
    """What the files of a new repository name; `account` and `region` are those to publish to."""

    portfolio: str
    family: str
    account: str = "111111111111"
    region: str = "us-west-2"

    def __post_init__(self) -> None:
        from publisher.aws.arns import REGIONS

        check_name("portfolio", self.portfolio)
        check_name("family", self.family, longest=_LONGEST)
        if reserved := _RESERVED.match(self.family):
            raise InputError(
                f"family {quoted(self.family)}: AWS reserves names that begin with {quoted(reserved[0])}",
                hint="choose another name",
            )
        if not re.fullmatch("[0-9]{12}", self.account):
            raise InputError(f"invalid account {quoted(self.account)}", hint="write a 12-digit account ID")
        if self.region not in REGIONS:
            raise InputError(
                f"not an AWS Region: {quoted(self.region)}", hint=did_you_mean(self.region, REGIONS)
            )


def check_name(what: str, name: str, *, longest: int = 64) -> None:
    """Raises InputError unless it can be the name of such a thing, e.g. a family."""
    if not _NAME.fullmatch(name):
        raise InputError(f"invalid name of a {what}: {quoted(name)}", hint=f"write {_WORDS}")
    if len(name) > longest:
        message = f"name of a {what} must have at most {longest} characters, not {len(name)}: {quoted(name)}"
        raise InputError(message, hint="shorten it")


def requirement() -> str:
    """This publisher, as pip installs it elsewhere."""
    try:
        found = distribution(DISTRIBUTION)
    except PackageNotFoundError:
        return installable("0", "{}")
    return installable(found.version, found.read_text("direct_url.json"))


def installable(version: str, origin: str | None) -> str:
    """A version that came from there, as pip installs it; a wheel beside the file if that is on this machine.

    `origin` is its direct_url.json, None of one from an index. Never a bare name that no index is known to
    have: anybody could register it.
    https://packaging.python.org/en/latest/specifications/direct-url/
    """
    if origin is None:
        return f"{DISTRIBUTION}=={version}"
    found = json.loads(origin)
    url, revision = found.get("url", ""), found.get("vcs_info")
    if not url.startswith("https://"):
        return f"./{DISTRIBUTION.replace('-', '_')}-{version}-py3-none-any.whl"
    return f"{DISTRIBUTION} @ " + (f"{revision['vcs']}+{url}@{revision['commit_id']}" if revision else url)


def repository_files(names: Names) -> dict[str, bytes]:
    """All files of a new repository by path, with JSON Schemas for editors, and the pipeline's builds."""
    from publisher.declarations.schema import schema_files
    from publisher.pipeline.buildspec import buildspec

    schemas = {path: text.encode() for path, text in schema_files(()).items()}
    return dict(sorted({**_renamed(names), **schemas, "buildspec.yml": buildspec()}.items()))


def family_files(names: Names) -> dict[str, bytes]:
    """Those of its family: its folder, and a config of one of its products."""
    return _renamed(names, "starter-family")


def _renamed(names: Names, part: str = "") -> dict[str, bytes]:
    """The files with this in their paths, by their new paths."""
    words = {**vars(names), "version": requirement()}

    def name(match: re.Match[str]) -> str:
        return words[match[2]] if match[1] == "s" else titled(words[match[2]])

    paths = {
        path.relative_to(_FILES).as_posix(): path for path in walk(_FILES, skip=lambda it: it == ".DS_Store")
    }
    return {
        _PLACEHOLDER.sub(name, path): _PLACEHOLDER.sub(name, contents(it, limit=_LIMIT).decode()).encode()
        for path, it in paths.items()
        if part in path
    }


def titled(name: str) -> str:
    """A name for people: `file-store` is `File store`."""
    return name.replace("-", " ").strip().capitalize()
