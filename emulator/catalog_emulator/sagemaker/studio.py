"""Domains and user profiles of Studio, and tags of anything that has an ARN.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateUserProfile.html and its siblings.
"""

import json
import secrets
import string
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.sagemaker.exceptions import ResourceInUseException, ResourceNotFound
from moto.sagemaker.responses import SageMakerResponse
from moto.sagemaker.utils import arn_formatter

from catalog_emulator.paging import page
from catalog_emulator.request_validation import InvalidRequest

_create_domain, _delete_domain, _search = (
    getattr(SageMakerResponse, name) for name in ("create_domain", "delete_domain", "search")
)
_ID = string.ascii_lowercase + string.digits
# Members of UpdateDomain, and the attributes of moto's domain that they change.
_CHANGES = {
    "AppNetworkAccessType": "app_network_access_type",
    "AppSecurityGroupManagement": "app_security_group_management",
    "DefaultSpaceSettings": "default_space_settings",
    "DefaultUserSettings": "default_user_settings",
    "DomainSettingsForUpdate": "domain_settings",
    "SubnetIds": "subnet_ids",
    "TagPropagation": "tag_propagation",
}


@dataclass(kw_only=True)
class UserProfile:
    """A user profile; `members` are those of CreateUserProfile that DescribeUserProfile shows."""

    arn: str
    members: dict[str, Any]
    tags: list[dict[str, str]]
    created: datetime = field(default_factory=utcnow)
    changed: datetime = field(default_factory=utcnow)


def create_domain(self: SageMakerResponse) -> Any:
    """Its VPC and subnets must exist. moto makes ids of names, which two domains may share."""
    if self._get_param("VpcId"):
        _check_network(self, self._get_param("VpcId"), self._get_param("SubnetIds"))
    _create_domain(self)
    domains = self.sagemaker_backend.domains
    domain = domains.pop(f"d-{self._get_param('DomainName')}")
    domain.id = f"d-{''.join(secrets.choice(_ID) for _ in range(12))}"
    domain.arn = arn_formatter("domain", domain.id, domain.account_id, domain.region_name)
    domain.url = f"https://{domain.id}.studio.{domain.region_name}.sagemaker.aws"
    domain.home_efs_file_system_id = f"fs-{secrets.token_hex(9)[:17]}"
    domain.security_group_id_for_domain_boundary = f"sg-{secrets.token_hex(9)[:17]}"
    vars(domain)["tag_propagation"] = self._get_param("TagPropagation", "DISABLED")
    domains[domain.id] = domain
    return ActionResult({"DomainArn": domain.arn, "DomainId": domain.id, "Url": domain.url})


def describe_domain(self: SageMakerResponse) -> ActionResult:
    """What is not there is ResourceNotFound."""
    domain = _domain(self)
    return ActionResult({**domain.describe(), "TagPropagation": domain.tag_propagation})


def update_domain(self: SageMakerResponse) -> ActionResult:
    """Immediately."""
    domain = _domain(self)
    subnets = self._get_param("SubnetIds")
    if subnets:
        _check_network(self, domain.vpc_id, subnets)
    for member, attribute in _CHANGES.items():
        value = self._get_param(member)
        if value is not None:
            setattr(domain, attribute, value)
    domain.last_modified_time = utcnow()
    return ActionResult({"DomainArn": domain.arn})


def delete_domain(self: SageMakerResponse) -> Any:
    """Refused while it has user profiles."""
    domain = _domain(self)
    if any(identifier == domain.id for identifier, _ in _profiles(self)):
        raise ResourceInUseException(
            message=f"Unable to delete Domain {domain.id} because UserProfile(s) are associated with it."
        )
    return _delete_domain(self)


def create_user_profile(self: SageMakerResponse) -> ActionResult:
    """In a domain that exists."""
    domain, name = _domain(self), self._get_param("UserProfileName")
    if (domain.id, name) in _profiles(self):
        raise ResourceInUseException(message=f"UserProfile {name} already exists in Domain {domain.id}.")
    members = json.loads(self.body)
    made = UserProfile(
        arn=arn_formatter("user-profile", f"{domain.id}/{name}", domain.account_id, domain.region_name),
        tags=members.pop("Tags", []),
        members=members,
    )
    _profiles(self)[(domain.id, name)] = made
    return ActionResult({"UserProfileArn": made.arn})


def describe_user_profile(self: SageMakerResponse) -> ActionResult:
    """In service as soon as it is made."""
    return ActionResult(_description(_profile(self)))


def list_user_profiles(self: SageMakerResponse) -> ActionResult:
    """By domain and part of the name, oldest first unless the request says otherwise."""
    domain, part = self._get_param("DomainIdEquals"), self._get_param("UserProfileNameContains", "")
    order = {"LastModifiedTime": "changed"}.get(self._get_param("SortBy"), "created")
    found = [
        one
        for (identifier, name), one in _profiles(self).items()
        if domain in (None, identifier) and part in name
    ]
    found.sort(key=lambda one: getattr(one, order), reverse=self._get_param("SortOrder") == "Descending")
    size, token = self._get_param("MaxResults", 10), self._get_param("NextToken")
    try:
        shown, following = page(found, size, token, json.dumps([domain, part, order]))
    except ValueError:
        raise InvalidRequest(f"Invalid NextToken {token}") from None
    return ActionResult({"UserProfiles": [_description(one) for one in shown], "NextToken": following})


def update_user_profile(self: SageMakerResponse) -> ActionResult:
    """Its settings."""
    profile = _profile(self)
    profile.members |= {"UserSettings": self._get_param("UserSettings", profile.members.get("UserSettings"))}
    profile.changed = utcnow()
    return ActionResult({"UserProfileArn": profile.arn})


def delete_user_profile(self: SageMakerResponse) -> ActionResult:
    """Immediately."""
    _profile(self)
    del _profiles(self)[(self._get_param("DomainId"), self._get_param("UserProfileName"))]
    return EmptyResult()


def list_tags(self: SageMakerResponse) -> ActionResult:
    """All tags, in one page: a resource has at most fifty."""
    return ActionResult({"Tags": _tagged(self).tags})


def add_tags(self: SageMakerResponse) -> ActionResult:
    """A tag replaces one with the same key."""
    resource, tags = _tagged(self), self._get_param("Tags")
    new = {tag["Key"] for tag in tags}
    resource.tags = [*(tag for tag in resource.tags if tag["Key"] not in new), *tags]
    return ActionResult({"Tags": resource.tags})


def delete_tags(self: SageMakerResponse) -> ActionResult:
    """Keys that it does not have are ignored."""
    resource, keys = _tagged(self), self._get_param("TagKeys")
    resource.tags = [tag for tag in resource.tags if tag["Key"] not in keys]
    return EmptyResult()


def search(self: SageMakerResponse) -> Any:
    """moto finds no projects, images or image versions, whatever there is."""
    if self._get_param("Resource") in ("Image", "ImageVersion", "Project"):
        raise NotImplementedError(f"Search for {self._get_param('Resource')}")
    return _search(self)


def _check_network(response: SageMakerResponse, vpc_id: str, subnet_ids: Iterable[str]) -> None:
    from moto.ec2.models import ec2_backends

    network = ec2_backends[response.current_account][response.region]
    if vpc_id not in network.vpcs:
        raise InvalidRequest(f"The vpc ID '{vpc_id}' does not exist")
    known = {
        subnet.id for zone in network.subnets.values() for subnet in zone.values() if subnet.vpc_id == vpc_id
    }
    missing = [one for one in subnet_ids if one not in known]
    if missing:
        raise InvalidRequest(f"The subnet ID '{missing[0]}' does not exist in {vpc_id}")


def _domain(response: SageMakerResponse) -> Any:
    identifier, domains = response._get_param("DomainId"), response.sagemaker_backend.domains
    if identifier not in domains:
        raise ResourceNotFound(message=f"Domain {identifier} does not exist.")
    return domains[identifier]


def _profiles(response: SageMakerResponse) -> dict[tuple[str, str], UserProfile]:
    found: dict[tuple[str, str], UserProfile] = vars(response.sagemaker_backend).setdefault(
        "user_profiles", {}
    )
    return found


def _profile(response: SageMakerResponse) -> UserProfile:
    key = (response._get_param("DomainId"), response._get_param("UserProfileName"))
    if key not in _profiles(response):
        raise ResourceNotFound(message=f"User Profile with Name {key[1]} does not exist in Domain {key[0]}.")
    return _profiles(response)[key]


def _description(profile: UserProfile) -> dict[str, Any]:
    times = {"CreationTime": profile.created, "LastModifiedTime": profile.changed}
    return {"UserProfileArn": profile.arn, "Status": "InService", **times, **profile.members}


def _tagged(response: SageMakerResponse) -> Any:
    """The resource with the ARN; moto knows only some kinds."""
    arn = response._get_param("ResourceArn")
    for held in vars(response.sagemaker_backend).values():
        for one in list(held.values()) if isinstance(held, dict) else ():
            # moto's endpoint configurations have theirs in a tuple.
            if getattr(one, "arn", None) in (arn, (arn,)):
                one.tags = one.tags or []
                return one
    kind, _, name = arn.rpartition(":")[2].partition("/")
    raise ResourceNotFound(message=f"Could not find {kind} with name {name}")
