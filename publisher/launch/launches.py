"""All launches of the publisher's products that a caller sees: who runs which version of what.

Reads lists: a call a page of launches, a call a product and, where asked to, a call a page of stacks. What
moving a launch to another version does is judged once for each two versions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, Literal

from publisher.aws.calls import DENIED, aws_errors, or_none, pages
from publisher.aws.clients import Aws
from publisher.errors import AwsError, InputError, Refused
from publisher.impact import Change, Level, Template, Values, judge, worst
from publisher.launch.deployed import deployed_template, described_stack, parameters_of
from publisher.launch.projects import listed_as_project, listed_projects
from publisher.launch.provisioned import ProvisionedProduct, provisioned_of, widest
from publisher.launch.request import CONFIG_TAG, PRODUCT_TAG, Door
from publisher.launch.selection import AvailableProduct, Named
from publisher.launch.sources import source_of
from publisher.launch.update import PreparedUpdate
from publisher.launch.update_impact import known_values
from publisher.model import precedence
from publisher.stopping import Pool

# Unsorted pages may leave out some launches and have others twice.
# https://docs.aws.amazon.com/servicecatalog/latest/dg/API_SearchProvisionedProducts.html
_PAGES = {"PageSize": 100, "SortBy": "createdTime"}
# What a caller without an AccessLevelFilter of others sees of launches.
_MINE = {"Key": "User", "Value": "self"}


# The template of a product's version, if the project still renders the same.
Files = Callable[[str, Named], Template | None]


def _no_files(_key: str, _version: Named) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Stack:
    """What a list of stacks says of one: parameters, NoEcho ones as stars, outputs, drift as last known.

    `drift` is IN_SYNC, DRIFTED or NOT_CHECKED; `drift_checked` an ISO 8601 time, or empty.
    """

    status: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str] = field(default_factory=dict)
    drift: str = "NOT_CHECKED"
    drift_checked: str = ""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A launch, and the ARN of the user or session that made it. `stack` is None where it cannot be read."""

    provisioned: ProvisionedProduct
    owner: str
    stack: Stack | None = None

    @property
    def who(self) -> str:
        """The owner without the account: `ml-team/anna`, `user/ben`."""
        kind, _, name = self.owner.rpartition(":")[2].partition("/")
        return name if kind == "assumed-role" else f"{kind}/{name}" if name else self.owner

    def is_expired(self, today: date) -> bool:
        """Whether its date has passed. What somebody wrote there that is no date does not."""
        try:
            return date.fromisoformat(self.provisioned.expires) < today
        except ValueError:
            return False


@dataclass(frozen=True, kw_only=True)
class Launches:
    """The launches, by name. `access_level` is Account, Role or User: whose launches the caller may see.

    `products` are the products of the launches by id; those that the caller cannot launch are missing.
    `stacks` are "read", "denied" to the caller, or "not asked" for. `projects_unread`: the caller may not
    list SageMaker's projects, so that those of templates in S3 are missing.
    """

    launches: tuple[Launch, ...]
    access_level: str
    stacks: Literal["read", "denied", "not asked"]
    products: Mapping[str, AvailableProduct]
    projects_unread: bool = False

    def newest(self, launch: Launch) -> str:
        """The newest version that could be launched; empty where that is not known."""
        product = self.products.get(launch.provisioned.product_id)
        return product.newest if product else ""

    def newest_version(self, launch: Launch) -> Named | None:
        """The newer version that the launch could move to."""
        product, newest = self.products.get(launch.provisioned.product_id), self.newest(launch)
        if product is None or precedence(newest) <= precedence(launch.provisioned.version):
            return None
        return next(it for it in product.versions if it.name == newest)


def launches_of(
    aws: Aws, *, products: str = "*", mine: bool = False, most_stacks: int | None = None
) -> Launches:
    """The launches of products that match the glob; with `mine` those of this session or user alone.

    Their stacks are read unless there are more launches than `most_stacks`; without that, one by one where
    the caller may not list them.

    Raises Refused, AwsError.
    """
    client = aws.client("servicecatalog")
    level = ""

    def search(filter_: Mapping[str, str]) -> list[Mapping[str, Any]]:
        nonlocal level
        level = filter_["Key"]
        return list(
            pages(
                client.search_provisioned_products,
                "ProvisionedProducts",
                AccessLevelFilter=filter_,
                **_PAGES,
            )
        )

    with aws_errors("cannot list the launches"):
        found = search(_MINE) if mine else widest(search)
    if found is None:
        raise Refused(
            "your role may not list launches",
            hint="allow servicecatalog:SearchProvisionedProducts in its policy, or choose another --profile",
        )
    once = {it["Id"]: it for it in found}
    by_product = [
        (
            listed_as_project(provisioned_of(it, it)),
            str(it.get("UserArnSession") or it.get("UserArn") or ""),
        )
        for it in once.values()
    ]
    known = {one.project.id for one, _ in by_product if one.project}
    with aws_errors("cannot list the SageMaker projects"):
        of_templates = listed_projects(aws, known, creator=aws.identity[1] if mine else "")
    ours = sorted([*by_product, *(of_templates or ())], key=lambda it: it[0].name)
    chosen = [
        it
        for it in ours
        if (it[0].door == "s3" or it[0].tags.keys() & {CONFIG_TAG, PRODUCT_TAG}) and _matches(it[0], products)
    ]
    asked = most_stacks is None or len(chosen) <= most_stacks
    stacks = stacks_of(aws) if chosen and asked else {}
    if stacks is None and most_stacks is None:
        stacks = _each_stack(aws, [one for one, _ in chosen])
    return Launches(
        launches=tuple(
            Launch(provisioned=one, owner=owner, stack=(stacks or {}).get(one.stack)) for one, owner in chosen
        ),
        access_level=level,
        stacks="denied" if stacks is None else "read" if asked else "not asked",
        projects_unread=of_templates is None,
        products=_products(aws, {one.product_id: one.door for one, _ in chosen}),
    )


def stacks_of(aws: Aws) -> dict[str, Stack] | None:
    """All stacks of the account and Region by their ARNs; None when the caller may not list them."""
    found = aws.client("cloudformation").get_paginator("describe_stacks").paginate()

    def read() -> dict[str, Stack]:
        return {it["StackId"]: _stack(it) for page in found for it in page["Stacks"]}

    with aws_errors("cannot list the stacks"):
        return or_none(read, *DENIED)


def _each_stack(aws: Aws, launches: Sequence[ProvisionedProduct]) -> dict[str, Stack] | None:
    """By ARN; None when the caller may read none. AWSServiceCatalogEndUserFullAccess allows stack/SC-* alone.

    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSServiceCatalogEndUserFullAccess.html
    """
    with Pool() as pool:
        read = pool.map(partial(described_stack, aws), launches)
        return {it["StackId"]: _stack(it) for it in read if it is not None} or None


class Impacts:
    """What moving launches between versions does, judged once for each two versions.

    `files` answers the template of a product's version where the project still renders the same.
    """

    def __init__(self, aws: Aws, launches: Launches, *, files: Files = _no_files) -> None:
        self._aws, self._launches, self._files = aws, launches, files
        self._templates: dict[str, Template | None] = {}
        self._judged: dict[tuple[str, str], tuple[Change, ...] | None] = {}
        self._named: dict[tuple[str, str], tuple[str, ...]] = {}
        self._of_values: dict[object, tuple[Change, ...] | None] = {}

    def template(self, product_id: str, version_id: str) -> Template | None:
        """The template of a version in the long form; None where the caller may not read it.

        From the stack of a launch of that version, from the files, or as it was published.
        """
        if version_id not in self._templates:
            self._templates[version_id] = self._read(product_id, version_id)
        return self._templates[version_id]

    def between(self, product_id: str, before: str, after: str) -> tuple[Change, ...] | None:
        """The changes for any launch, from one version's id to another's; None where that is not known."""
        if (before, after) not in self._judged:
            old, new = (self.template(product_id, it) for it in (before, after))
            self._judged[before, after] = None if old is None or new is None else _judged(old, new)
        return self._judged[before, after]

    def of_launch(self, prepared: PreparedUpdate) -> tuple[Change, ...] | None:
        """The changes for the launch's own parameters; None where they are not known.

        Launches with the same values of what conditions and differences name are judged once.
        """
        one, after = prepared.provisioned, prepared.version.id
        general = self.between(one.product_id, one.version_id, after)
        if general is None or prepared.values is None:
            return general
        old, new = (self.template(one.product_id, it) for it in (one.version_id, after))
        assert old is not None and new is not None
        if (one.version_id, after) not in self._named:
            self._named[one.version_id, after] = _named(old, new, general)
        named = self._named[one.version_id, after]
        key = (one.version_id, after, *(tuple(it.get(name) for name in named) for it in prepared.values))
        if key not in self._of_values:
            self._of_values[key] = _judged(old, new, known_values(self._aws, prepared.values))
        return self._of_values[key]

    def level(self, launch: Launch) -> Level | None:
        """Of moving it to the newest version; None where that is not known, or it has that version."""
        newest = self._launches.newest_version(launch)
        if newest is None:
            return None
        provisioned = launch.provisioned
        changes = self.between(provisioned.product_id, provisioned.version_id, newest.id)
        return None if changes is None else worst(changes)

    def _read(self, product_id: str, version_id: str) -> Template | None:
        from publisher.templates.cloudformation import parse

        launches = list(self._of_product(product_id))
        # A launch whose last update failed may have another template.
        running = (
            it.provisioned
            for it in launches
            if it.provisioned.version_id == version_id and it.provisioned.status == "AVAILABLE"
        )
        try:
            # One only: who may not read this stack may not read the others.
            text = next((deployed_template(self._aws, it) for it in running), None)
            product = self._launches.products.get(product_id)
            for version in product.versions if product and text is None else ():
                key = launches[0].provisioned.product
                if version.id == version_id and (template := self._files(key, version)):
                    return template
            if text is not None:
                return parse(text, "template of the stack").value
            source = source_of(launches[0].provisioned.door)
            return source.template(self._aws, product_id=product_id, version_id=version_id)
        except (AwsError, InputError):
            return None

    def _of_product(self, product_id: str) -> Iterator[Launch]:
        return (it for it in self._launches.launches if it.provisioned.product_id == product_id)


def _named(before: Template, after: Template, changes: Iterable[Change]) -> tuple[str, ...]:
    """The parameters whose values decide what changes: those that conditions and differences may name."""
    differences = [(it.difference.before, it.difference.after) for it in changes if it.difference]
    conditions = [it.get("Conditions") for it in (before, after)]
    words = set(re.findall(r"[A-Za-z0-9]+", json.dumps([conditions, differences], default=str)))
    return tuple(sorted(words & {*before.get("Parameters", {}), *after.get("Parameters", {})}))


def _judged(before: Template, after: Template, values: Values | None = None) -> tuple[Change, ...] | None:
    # Either template may be hostile: then its impact is not known, and the others' is.
    try:
        return judge(before, after, values=values)
    except InputError:
        return None


def _matches(provisioned: ProvisionedProduct, glob: str) -> bool:
    return fnmatchcase(provisioned.product, glob)


def _stack(detail: Mapping[str, Any]) -> Stack:
    drift = detail.get("DriftInformation", {})
    checked = drift.get("LastCheckTimestamp")
    return Stack(
        status=str(detail.get("StackStatus", "")),
        parameters=parameters_of(detail),
        outputs={it["OutputKey"]: it.get("OutputValue", "") for it in detail.get("Outputs", ())},
        drift=str(drift.get("StackDriftStatus", "NOT_CHECKED")),
        drift_checked=f"{checked:%Y-%m-%dT%H:%M:%SZ}" if checked else "",
    )


def _products(aws: Aws, ids: Mapping[str, Door]) -> dict[str, AvailableProduct]:
    """Those that the caller may launch: of others he learns no versions."""
    found = {}
    for one in sorted(filter(None, ids)):
        with aws_errors(f"cannot read product {one}"):
            product = or_none(partial(source_of(ids[one]).product, aws, one), *DENIED)
        if product:
            found[one] = product
    return found
