"""What SageMaker Studio needs to make projects of templates in S3: the templates, and who may find them.

https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-templates-custom.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from publisher.model.protocol import CatalogResource, Key, OfPortfolio
from publisher.model.version_names import precedence

# The tag of templates that Studio shows, of objects in S3 and of products; that of domains, which says where
# the templates are; and that of objects with the digest of the template.
VISIBLE = ("sagemaker:studio-visibility", "true")
LOCATION_TAG = "sagemaker:projectS3TemplatesLocation"
DIGEST_TAG = "publisher:digest"
_KEY = re.compile(r"(.+)/([^/]+)/([^/]+)\.yaml")


@dataclass(frozen=True, kw_only=True)
class TemplateLocation:
    """A place in S3: everything under a prefix, which has no slash at its end."""

    bucket: str
    prefix: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}/"

    def object_key(self, product: str, version: str) -> str:
        """Where the template of a version of a product is."""
        return f"{self.prefix}/{product}/{version}.yaml"


def placed_template(object_key: str) -> tuple[str, str, str] | None:
    """(prefix, product, version) of an object key that can be that of a project's template."""
    match = _KEY.fullmatch(object_key)
    return (match[1], match[2], match[3]) if match else None


@dataclass(frozen=True, kw_only=True)
class StudioOrigin(CatalogResource):
    """The rule of a bucket's CORS that lets the pages of Studio read its objects."""

    kind: ClassVar[str] = "StudioOrigin"
    step: ClassVar[int] = 10
    bucket: str

    @property
    @override
    def key(self) -> Key:
        return ("studio-origin", self.bucket)


@dataclass(frozen=True, kw_only=True)
class ProjectTemplate(CatalogResource):
    """The template of a version of a product, placed in S3. Studio shows it if it is `visible`.

    In the desired catalog of the files `version` is that of the family; a plan says which versions there are.
    """

    kind: ClassVar[str] = "ProjectTemplate"
    step: ClassVar[int] = 11
    portfolio: str
    bucket: str
    prefix: str
    product: str
    version: str
    digest: str
    visible: bool = True

    @property
    @override
    def key(self) -> Key:
        return ("project-template", self.bucket, self.object_key)

    @property
    def location(self) -> TemplateLocation:
        """Where it is, with those of other products."""
        return TemplateLocation(bucket=self.bucket, prefix=self.prefix)

    @property
    def object_key(self) -> str:
        """Its key in the bucket."""
        return self.location.object_key(self.product, self.version)

    @property
    @override
    def label(self) -> str:
        return f"s3://{self.bucket}/{self.object_key}"

    @property
    @override
    def requires(self) -> tuple[Key, ...]:
        return (("provisioning-artifact", self.product, self.version),)

    @property
    @override
    def owners(self) -> tuple[Key, ...]:
        portfolio = (("portfolio", self.portfolio),) if self.portfolio else ()
        return (*portfolio, ("product", self.product))

    @property
    @override
    def lane(self) -> Key:
        """One product's are changed one after the other, so that never none of them is visible."""
        return ("project-templates", str(self.location), self.product)

    @property
    @override
    def within(self) -> tuple[object, ...]:
        """What becomes visible first."""
        return (not self.visible, *precedence(self.version))


@dataclass(frozen=True, kw_only=True)
class ExecutionRolePolicy(OfPortfolio):
    """An inline policy of an execution role, which lets its users make projects. `document`: canonical JSON.

    The role is somebody else's: `command` is what its owner runs instead.
    """

    kind: ClassVar[str] = "ExecutionRolePolicy"
    step: ClassVar[int] = 12
    portfolio: str
    role_arn: str
    document: str

    @property
    @override
    def key(self) -> Key:
        return ("execution-role-policy", self.portfolio, self.role_arn)

    @property
    @override
    def label(self) -> str:
        return f"{self.portfolio} / {self.role_arn}"

    @property
    def role_name(self) -> str:
        """As IAM's operations take it."""
        return self.role_arn.rpartition("/")[2]

    @property
    def policy_name(self) -> str:
        """The policy's name; no other portfolio has the same."""
        return f"publisher-{self.portfolio}"

    @property
    def command(self) -> tuple[str, ...]:
        """How the role's owner does it."""
        names = ("--role-name", self.role_name, "--policy-name", self.policy_name)
        return ("aws", "iam", "put-role-policy", *names, "--policy-document", self.document)


@dataclass(frozen=True, kw_only=True)
class StudioDomain(OfPortfolio):
    """The tag of a domain that says where its users find templates: `location`, s3://bucket/prefix/.

    The domain is somebody else's: `command` is what its owner runs instead.
    """

    kind: ClassVar[str] = "StudioDomain"
    step: ClassVar[int] = 13
    portfolio: str
    domain_arn: str
    location: str

    @property
    @override
    def key(self) -> Key:
        return ("studio-domain", self.domain_arn)

    @property
    @override
    def label(self) -> str:
        return self.domain_id

    @property
    def domain_id(self) -> str:
        """As SageMaker's operations take it."""
        return self.domain_arn.rpartition("/")[2]

    @property
    def command(self) -> tuple[str, ...]:
        """How the domain's owner does it."""
        tag = f"Key={LOCATION_TAG},Value={self.location}"
        return ("aws", "sagemaker", "add-tags", "--resource-arn", self.domain_arn, "--tags", tag)


ProjectResource = StudioOrigin | ProjectTemplate | ExecutionRolePolicy | StudioDomain
