"""Portfolio files of AWS Service Catalog Factory, as files of ours; and what of them has no place here.

https://github.com/awslabs/aws-service-catalog-factory
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from publisher.adoption.files import TEMPLATE, Draft, next_to, yaml_draft
from publisher.declarations.strings import name_of
from publisher.documents import read
from publisher.errors import InputError

_PLACES = {"AWS::AccountId": "account_id", "AWS::Partition": "partition", "AWS::Region": "region"}
# What builds and tests a product there; templates come ready here.
_BUILDING = ("Template", "BuildSpec", "BuildSpecImage", "Stages", "Options", "PipelineMode")
_TEXTS = {
    "Description": "description",
    "Distributor": "distributor",
    "SupportDescription": "support_description",
    "SupportEmail": "support_email",
    "SupportUrl": "support_url",
}


@dataclass(kw_only=True)
class Reading:
    """The files to write, and what could not be carried over."""

    files: list[Draft] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def read_factory(path: Path, *, regions: Sequence[str], taken: Iterable[str] = ()) -> Reading:
    """Reads a file of Service Catalog Factory. Raises InputError when it is none."""
    document = read(path, root=path.parent).value
    if not isinstance(document, dict) or not {"Portfolios", "Products", "Components"} & document.keys():
        raise InputError(
            f"'{path}' is no portfolio file of Service Catalog Factory",
            hint="such a file has Portfolios at its top, and Schema: factory-2019-04-01",
        )
    reading = _Reader(path.stem, regions, taken).read(document)
    folder = path.with_suffix("")
    if folder.is_dir():
        reading.left.append(
            f"the products and versions in the folder {folder.name}/, which have files of their own: "
            "write them into the file, or adopt the portfolio by its id"
        )
    return reading


class _Reader:
    def __init__(self, stem: str, regions: Sequence[str], taken: Iterable[str]) -> None:
        self._stem, self._regions, self._taken = stem, list(regions), set(taken)
        self._reading = Reading()

    def read(self, document: Mapping[str, Any]) -> Reading:
        """Everything of the file."""
        by_portfolio: dict[str, list[str]] = {}
        loose = self._products(document, "the file")
        constraints: dict[str, Mapping[str, Any]] = {}
        for product in loose:
            key = self._product(product, constraints)
            for name in _texts(product.get("Portfolios")):
                by_portfolio.setdefault(name, []).append(key)
        for portfolio in self._entries(document, "Portfolios", "DisplayName", "the file"):
            own = self._products(portfolio, f"portfolio {portfolio['DisplayName']}")
            keys = [self._product(product, constraints) for product in own]
            keys += by_portfolio.pop(str(portfolio["DisplayName"]), [])
            self._portfolio(portfolio, keys, constraints)
        for name, keys in by_portfolio.items():
            self._leave(f"the products {', '.join(keys)} in the portfolio '{name}', which is in another file")
        return self._reading

    def _portfolio(
        self, portfolio: Mapping[str, Any], keys: Sequence[str], constraints: Mapping[str, Mapping[str, Any]]
    ) -> None:
        # The name that the Factory gives to the portfolio in the account.
        display_name = f"{self._stem}-{portfolio['DisplayName']}"
        name = name_of(display_name)
        fields: dict[str, Any] = {
            "display_name": display_name,
            "provider_name": portfolio.get("ProviderName", ""),
            "description": portfolio.get("Description", ""),
            "regions": self._regions,
            "tags": self._tags(portfolio, f"portfolio {name}"),
            "principals": [
                {"principal_arn": self._filled(arn, f"a principal of {name}"), "principal_type": "IAM"}
                for arn in _texts(portfolio.get("Associations"))
            ],
            "products": [
                {"product": key, **({"constraints": [constraints[key]]} if key in constraints else {})}
                for key in keys
            ],
        }
        self._reading.files.append(
            yaml_draft(f"portfolio/{name}.yaml", {key: it for key, it in fields.items() if it})
        )
        known = (
            "DisplayName",
            "Description",
            "ProviderName",
            "Associations",
            "Tags",
            "Products",
            "Components",
        )
        self._leave_unknown(portfolio, known, f"portfolio {name}")

    def _product(self, product: Mapping[str, Any], constraints: dict[str, Mapping[str, Any]]) -> str:
        key = name_of(str(product["Name"]), self._taken)
        self._taken.add(key)
        versions = list(self._entries(product, "Versions", "Name", f"product {key}"))
        live = [it for it in versions if it.get("Active", True) is True and it.get("Status") != "terminated"]
        role = _mapping(_mapping(product.get("Constraints")).get("Launch")).get("LocalRoleName", "")
        if role:
            constraints[key] = {"type": "LAUNCH", "local_role_name": role}
        fields: dict[str, Any] = {
            "family": key,
            "version": next_to(str(it["Name"]).removeprefix("v") for it in live),
            "display_name": product["Name"],
            "owner": product.get("Owner", ""),
            **{ours: product.get(theirs, "") for theirs, ours in _TEXTS.items()},
            "tags": self._tags(product, f"product {key}"),
            "template": TEMPLATE,
            "launch_role": role,
        }
        self._reading.files.append(
            yaml_draft(f"products/{key}/product.yaml", {name: it for name, it in fields.items() if it})
        )
        newest = (live or versions or [{}])[-1]
        source = {**_mapping(product.get("Source")), **_mapping(newest.get("Source"))}
        place = f"products/{key}/{TEMPLATE}"
        self._leave(f"the template of product {key}: put it at {place}; it comes from {_place_of(source)}")
        self._leave_versions(key, versions, newest)
        known = ("Name", "Owner", *_TEXTS, "Tags", "Versions", "Portfolios", "Constraints", "Source")
        self._leave_unknown(product, known, f"product {key}")
        return key

    def _leave_versions(
        self, key: str, versions: Sequence[Mapping[str, Any]], newest: Mapping[str, Any]
    ) -> None:
        others = [str(it.get("Name")) for it in versions if it is not newest]
        if others:
            self._leave(
                f"the versions {', '.join(others)} of product {key}: what is published stays as it is"
            )
        for version in versions:
            known = ("Name", "Description", "Active", "Status", "Source")
            self._leave_unknown(version, known, f"version {version.get('Name')} of product {key}")

    def _leave_unknown(self, fields: Mapping[str, Any], known: Sequence[str], what: str) -> None:
        for name in fields:
            if name in _BUILDING:
                self._leave(f"{name} of {what}: the publisher takes templates that are ready")
            elif name not in known:
                self._leave(f"{name} of {what}")

    def _tags(self, fields: Mapping[str, Any], what: str) -> dict[str, str]:
        entries = self._entries(fields, "Tags", "Key", what)
        tags = {str(it["Key"]): str(it.get("Value", "")) for it in entries}
        return {key: self._filled(value, f"the tag {key} of {what}") for key, value in tags.items()}

    def _filled(self, text: str, what: str) -> str:
        """Their placeholders, ${AWS::AccountId} and the like, as ours."""

        def ours(match: re.Match[str]) -> str:
            if match[1] in _PLACES:
                return f"{{{_PLACES[match[1]]}}}"
            self._leave(f"{match[0]} in {what}: write what it stands for")
            return match[0]

        return re.sub(r"\$\{([^}]*)\}", ours, str(text))

    def _products(self, fields: Mapping[str, Any], what: str) -> list[Mapping[str, Any]]:
        return [it for name in ("Products", "Components") for it in self._entries(fields, name, "Name", what)]

    def _entries(
        self, fields: Mapping[str, Any], name: str, named: str, what: str
    ) -> Iterator[Mapping[str, Any]]:
        """The entries of a list that say what they are called; the others are left, and told."""
        value = fields.get(name)
        for it in value if isinstance(value, list) else [] if value is None else [value]:
            if isinstance(it, dict) and named in it:
                yield it
            else:
                self._leave(f"an entry of {name} of {what} that has no {named}")

    def _leave(self, what: str) -> None:
        self._reading.left.append(what)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> list[str]:
    """A list of texts, or a single one that stands where a list belongs."""
    return [str(it) for it in value] if isinstance(value, list) else [value] if isinstance(value, str) else []


def _place_of(source: Mapping[str, Any]) -> str:
    configuration = _mapping(source.get("Configuration"))
    words = " ".join(_words(configuration))
    return f"{source.get('Provider', 'nowhere')} {words}".strip()


def _words(configuration: Mapping[str, Any]) -> Iterator[str]:
    for name, value in configuration.items():
        yield f"{name}={value}"
