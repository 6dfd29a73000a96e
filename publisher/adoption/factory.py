"""Portfolio files of AWS Service Catalog Factory, converted to declarations as far as possible.

https://github.com/awslabs/aws-service-catalog-factory
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from publisher.adoption.drafts import TEMPLATE, Draft, latest_semantic, yaml_draft
from publisher.declarations.strings import name_of
from publisher.documents import read
from publisher.errors import InputError

_PLACEHOLDERS = {"AWS::AccountId": "account_id", "AWS::Partition": "partition", "AWS::Region": "region"}
# Factory builds and tests products; publisher does not build templates.
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
    """The files to write, and descriptions of what was not converted."""

    files: list[Draft] = field(default_factory=list)
    omitted: list[str] = field(default_factory=list)


def read_factory(path: Path, *, regions: Sequence[str], taken: Iterable[str] = ()) -> Reading:
    """Converts a portfolio file of Service Catalog Factory. Raises InputError for any other file."""
    document = read(path, root=path.parent).value
    if not isinstance(document, dict) or not {"Portfolios", "Products", "Components"} & document.keys():
        raise InputError(
            f"'{path}' is not a portfolio file of Service Catalog Factory",
            hint="such a file has a top-level key Portfolios, Products or Components",
        )
    reading = _Converter(path.stem, regions, taken).convert(document)
    folder = path.with_suffix("")
    if folder.is_dir():
        reading.omitted.append(
            f"the products and versions in the folder {folder.name}/: "
            "move them into the file, or adopt the portfolio by its id"
        )
    return reading


class _Converter:
    def __init__(self, stem: str, regions: Sequence[str], taken: Iterable[str]) -> None:
        self._stem, self._regions, self._taken = stem, list(regions), set(taken)
        self._reading = Reading()

    def convert(self, document: Mapping[str, Any]) -> Reading:
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
            self._omit(f"the products {', '.join(keys)} in the portfolio '{name}' of another file")
        return self._reading

    def _portfolio(
        self, portfolio: Mapping[str, Any], keys: Sequence[str], constraints: Mapping[str, Mapping[str, Any]]
    ) -> None:
        # The display name that Factory gives to the portfolio in the account.
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
        self._omit_unknown(portfolio, known, f"portfolio {name}")

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
            "version": latest_semantic(str(it["Name"]).removeprefix("v") for it in live),
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
        self._omit(f"the template of product {key}: save it as {place}; its source is {_place_of(source)}")
        self._omit_versions(key, versions, newest)
        known = ("Name", "Owner", *_TEXTS, "Tags", "Versions", "Portfolios", "Constraints", "Source")
        self._omit_unknown(product, known, f"product {key}")
        return key

    def _omit_versions(
        self, key: str, versions: Sequence[Mapping[str, Any]], newest: Mapping[str, Any]
    ) -> None:
        others = [str(it.get("Name")) for it in versions if it is not newest]
        if others:
            self._omit(
                f"the versions {', '.join(others)} of product {key}: published versions stay as they are"
            )
        for version in versions:
            known = ("Name", "Description", "Active", "Status", "Source")
            self._omit_unknown(version, known, f"version {version.get('Name')} of product {key}")

    def _omit_unknown(self, fields: Mapping[str, Any], known: Sequence[str], what: str) -> None:
        for name in fields:
            if name in _BUILDING:
                self._omit(f"{name} of {what}: publisher does not build templates")
            elif name not in known:
                self._omit(f"{name} of {what}")

    def _tags(self, fields: Mapping[str, Any], what: str) -> dict[str, str]:
        entries = self._entries(fields, "Tags", "Key", what)
        tags = {str(it["Key"]): str(it.get("Value", "")) for it in entries}
        return {key: self._filled(value, f"the tag {key} of {what}") for key, value in tags.items()}

    def _filled(self, text: str, what: str) -> str:
        """Placeholders such as ${AWS::AccountId} as {account_id}."""

        def placeholder(match: re.Match[str]) -> str:
            if match[1] in _PLACEHOLDERS:
                return f"{{{_PLACEHOLDERS[match[1]]}}}"
            self._omit(f"{match[0]} in {what}: replace it with its value")
            return match[0]

        return re.sub(r"\$\{([^}]*)\}", placeholder, str(text))

    def _products(self, fields: Mapping[str, Any], what: str) -> list[Mapping[str, Any]]:
        return [it for name in ("Products", "Components") for it in self._entries(fields, name, "Name", what)]

    def _entries(
        self, fields: Mapping[str, Any], name: str, named: str, what: str
    ) -> Iterator[Mapping[str, Any]]:
        """The entries of a list that have a name; the others are omitted."""
        value = fields.get(name)
        for it in value if isinstance(value, list) else [] if value is None else [value]:
            if isinstance(it, dict) and named in it:
                yield it
            else:
                self._omit(f"an entry without {named} in {name} of {what}")

    def _omit(self, what: str) -> None:
        self._reading.omitted.append(what)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> list[str]:
    """A list of texts, or a single text instead of a list."""
    return [str(it) for it in value] if isinstance(value, list) else [value] if isinstance(value, str) else []


def _place_of(source: Mapping[str, Any]) -> str:
    configuration = _mapping(source.get("Configuration"))
    words = [f"{name}={value}" for name, value in configuration.items()]
    return " ".join([str(source.get("Provider", "unknown")), *words])
