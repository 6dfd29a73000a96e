"""The forms of texts that several declarations share, with AWS's limits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import override

from publisher.aws.arns import REGIONS
from publisher.declarations.fields import Constrained, ListConstraint, StringConstraint, wrong
from publisher.errors import did_you_mean, quoted
from publisher.model import RESERVED_TAGS


class _KnownRegion(Constrained):
    @override
    def json_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {"enum": list(REGIONS)}

    @override
    def check(self, value: str) -> str:
        if value not in REGIONS:
            raise wrong("P107", f"is not an AWS Region: {quoted(value)}", did_you_mean(value, REGIONS))
        return value


UNDERSCORES = "lowercase letters, digits and underscores, starting with a letter"
HYPHENS = "lowercase letters, digits and hyphens, starting with a letter"
# Controls, and what turns the text around it or is not to be seen; emoji need the joiner U+200D.
_HIDDEN = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"
LINE = rf"[^\t\n{_HIDDEN}]*"
_LINE_WORDS = "a single line without control characters"
_NAME = rf"(?=.*\S){LINE}"
_NAME_WORDS = f"a name on {_LINE_WORDS}"


def prose(*, longest: int) -> StringConstraint:
    """The form of text for people, which may be empty or have several lines."""
    words = "text without control characters"
    return StringConstraint(pattern=rf"[^{_HIDDEN}]*", words=words, longest=longest, shortest=0)


Region = Annotated[str, _KnownRegion()]
Name = Annotated[str, StringConstraint(pattern=r"[a-z][a-z0-9-]*", words=HYPHENS, longest=64)]
Label = Annotated[str, StringConstraint(pattern=LINE, words=_LINE_WORDS, longest=100, shortest=0)]
DisplayName = Annotated[str, StringConstraint(pattern=_NAME, words=_NAME_WORDS, longest=100)]
ProviderName = Annotated[str, StringConstraint(pattern=_NAME, words=_NAME_WORDS, longest=50)]
Description = Annotated[str, prose(longest=2000)]
LongText = Annotated[str, prose(longest=8191)]
Owner = Annotated[str, StringConstraint(pattern=_NAME, words=_NAME_WORDS, longest=8191)]
Email = Annotated[
    str,
    StringConstraint(
        pattern=r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+",
        words="one email address, e.g. ml-alerts@example.com",
        longest=254,
    ),
]
Url = Annotated[
    str,
    StringConstraint(
        pattern=r"https?://[!-.0-~][!-~]*", words="a URL that starts with https://", longest=2083
    ),
]

# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
_TAG = r"[\w .:/=+@-]*"
_TAG_WORDS = "letters, digits, spaces and . : / = + @ - _"
TagKey = Annotated[
    str,
    StringConstraint(
        pattern=rf"(?![Aa][Ww][Ss]:|publisher:){_TAG}",
        words=f"{_TAG_WORDS}; 'aws:' is reserved by AWS and 'publisher:' by publisher",
        longest=128,
    ),
]
# Unlike other services, Service Catalog takes no empty value.
# https://docs.aws.amazon.com/servicecatalog/latest/dg/API_Tag.html
TagValue = Annotated[str, StringConstraint(pattern=_TAG, words=_TAG_WORDS, longest=256)]
# https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreatePortfolio.html
_TAGS_PER_RESOURCE = 20
CatalogTags = Annotated[
    dict[TagKey, TagValue],
    ListConstraint(most=_TAGS_PER_RESOURCE - RESERVED_TAGS),
    Field(description="Tags: key and value."),
]
# And one of the 50 of a launch: which config it is of.
LaunchTags = Annotated[
    dict[TagKey, TagValue], ListConstraint(most=49), Field(description="Tags of the launch.")
]

_ROLE_CHARACTERS = r"[A-Za-z0-9_+=,.@-]"
RoleName = Annotated[
    str,
    StringConstraint(
        pattern=rf"{_ROLE_CHARACTERS}+",
        words="a role name without a path: letters, digits and _ + = , . @ -",
        longest=64,
    ),
]

PARTITION = r"(aws|aws-cn|aws-us-gov|\{partition\})"
ACCOUNT = r"([0-9]{12}|\{account_id\})"
_IN_ARN = rf"(?:{_ROLE_CHARACTERS}|\{{(?:account_id|region|partition)\}})"


def iam_name(longest: int) -> str:
    """The pattern of an optional path and a name of at most so many characters, as an ARN has them."""
    return rf"(?:{_IN_ARN}+/)*{_IN_ARN}{{1,{longest}}}"


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
USER_OR_ROLE, GROUP = iam_name(64), iam_name(128)
RoleArn = Annotated[
    str,
    StringConstraint(
        pattern=rf"arn:{PARTITION}:iam::{ACCOUNT}:role/{USER_OR_ROLE}",
        words="'arn:{partition}:iam::{account_id}:role/<name>', with at most 64 characters in the name and "
        "{region} as the only other placeholder",
        longest=len("arn:aws-us-gov:iam::123456789012:role/") + 511 + 64,
    ),
]
# A name alone, a path and a name, or an ARN, of AWS's own policies too.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
PermissionsBoundary = Annotated[
    str,
    StringConstraint(
        pattern=rf"(?:arn:{PARTITION}:iam::(?:{ACCOUNT}|aws):policy/)?(?:{_ROLE_CHARACTERS}+/)*"
        rf"{_ROLE_CHARACTERS}{{1,128}}",
        words="derived, none, the name of a managed policy, or "
        "'arn:{partition}:iam::{account_id}:policy/<name>'",
        longest=len("arn:aws-us-gov:iam::123456789012:policy/") + 511 + 128,
    ),
]
# https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
SsmGlob = Annotated[
    str,
    StringConstraint(
        pattern=r"[A-Za-z0-9_.*?/-]+", words="a parameter name, in which * and ? match any text", longest=1011
    ),
]
AccountId = Annotated[
    str,
    StringConstraint(pattern=r"[0-9]{12}", words="a quoted 12-digit account ID", longest=12, shortest=12),
]
TargetAccount = Annotated[
    str,
    StringConstraint(pattern=ACCOUNT, words="a quoted 12-digit account ID, or {account_id}", longest=12),
]
# https://docs.aws.amazon.com/organizations/latest/APIReference/API_OrganizationalUnit.html
OrganizationNode = Annotated[
    str,
    StringConstraint(
        pattern=r"o-[a-z0-9]{10,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|[0-9]{12}",
        words="an organization (o-…), an organizational unit (ou-…) or a member account (12 digits)",
        longest=68,
    ),
]
VARIABLE = r"\{variables\.([a-z][a-z0-9_]*)\}"
TopicArn = Annotated[
    str,
    StringConstraint(
        pattern=rf"arn:{PARTITION}:sns:([a-z0-9-]+|\{{region\}}):{ACCOUNT}:[A-Za-z0-9_-]{{1,256}}|{VARIABLE}",
        words="'arn:{partition}:sns:{region}:{account_id}:<topic>', or a variable '{variables.<name>}'",
        longest=1224,
    ),
]
_PLACE = r"\{(?:account_id|region|partition)\}"
# Without dots, which certificates of S3's hosts do not cover.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BucketName = Annotated[
    str,
    StringConstraint(
        pattern=rf"(?:[a-z0-9]|{_PLACE})(?:[a-z0-9-]|{_PLACE})+(?:[a-z0-9]|{_PLACE})|{VARIABLE}",
        words="a bucket name without dots, which can have {account_id} and {region}, or a variable "
        "'{variables.<name>}'",
        longest=128,
    ),
]
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeDomain.html
DomainId = Annotated[
    str,
    StringConstraint(
        pattern=rf"d-(-*[a-z0-9]){{1,61}}|{VARIABLE}",
        words="the ID of a SageMaker domain (d-…), or a variable '{variables.<name>}'",
        longest=128,
    ),
]
ExecutionRole = Annotated[
    str,
    StringConstraint(
        pattern=rf"arn:{PARTITION}:iam::{ACCOUNT}:role/{USER_OR_ROLE}|{VARIABLE}",
        words="'arn:{partition}:iam::{account_id}:role/<name>', or a variable '{variables.<name>}'",
        longest=1224,
    ),
]
# In the bucket of publisher, templates/ and content/ are taken. A domain's tag has at most 256 characters.
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Tag.html
TemplatePrefix = Annotated[
    str,
    StringConstraint(
        pattern=r"(?!(?:templates|content)(?:/|$))(?!.*(?:^|/)\.\.?(?:/|$))[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*",
        words="a folder: letters, digits and _ . -, with slashes between them, not templates or content",
        longest=128,
    ),
]
# https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Budget.html
BudgetName = Annotated[
    str,
    StringConstraint(
        pattern=rf"(?!.*/action/)(?=.*\S)[^\t\n:\\{_HIDDEN}]+",
        words="a budget name: a single line without ':', '\\' and '/action/'",
        longest=100,
    ),
]
# https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_budgets.html
Budget = Annotated[BudgetName | None, Field(description="The AWS budget to associate.")]
RelativePath = Annotated[
    str,
    StringConstraint(
        pattern=r"(?!/)(?!.*(^|/)\.\.?(/|$))(?!.*//)(?!.*[^/]{256})[^\\\x00-\x1f]+(?<!/)",
        words="a path below this folder, with forward slashes and without '..'",
        longest=500,
    ),
]
SemanticVersion = Annotated[
    str,
    StringConstraint(
        pattern=r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?",
        words="a semantic version, e.g. 1.4.0",
        longest=100,
    ),
]
_LONGEST_NAME = 64


def words_of(text: str) -> str:
    """The words of a text in small letters and digits, with hyphens between them; empty without any."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def name_of(text: str, taken: Collection[str] = ()) -> str:
    """A name like those of our files: lowercase letters, digits and hyphens, not yet taken."""
    words = words_of(text)
    name = words if words[:1].isalpha() else f"x-{words}".rstrip("-")
    name = name[:_LONGEST_NAME].rstrip("-")
    number, free = 1, name
    while free in taken:
        number += 1
        suffix = f"-{number}"
        free = name[: _LONGEST_NAME - len(suffix)].rstrip("-") + suffix
    return free
