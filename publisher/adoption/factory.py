"""Portfolio and product files of AWS Service Catalog Factory, converted to declarations as far as possible.

What a key means, and which names Factory gives in the account:
https://github.com/awslabs/aws-service-catalog-factory/blob/master/servicecatalog_factory/commands/task_reference.py
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from publisher.adoption.drafts import TEMPLATE, Draft, latest_semantic, naming, yaml_draft
from publisher.adoption.factory_fields import Fields, Findings
from publisher.errors import InputError

_PLACEHOLDERS = {"AWS::AccountId": "account_id", "AWS::Partition": "partition", "AWS::Region": "region"}
_LISTS = ("Products", "Components")
# Factory builds and tests products; publisher does not build templates.
_BUILDING = ("Template", "BuildSpec", "BuildSpecImage", "Stages", "Options", "PipelineMode")
_TEXTS = {
    "Description": "description",
    "Distributor": "distributor",
    "SupportDescription": "support_description",
    "SupportEmail": "support_email",
    "SupportUrl": "support_url",
}
_NO_BUILDING = "publisher does not build templates"
_TERMINATED = "its Status is terminated"
# Characters that have a meaning in the regular expressions of Factory's portfolio constraints.
_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}]")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A product to enter in the file of a portfolio that was adopted before."""

    portfolio: str
    fields: Mapping[str, Any]


@dataclass(kw_only=True)
class Reading:
    """The files to write, products for other portfolios' files, and what was not converted."""

    files: list[Draft] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    omitted: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class _Product:
    """A converted product, and its entry in portfolios."""

    name: str
    display_name: str
    entry: dict[str, Any]


def read_factory(
    path: Path, *, regions: Sequence[str], portfolios: Mapping[str, str], families: Mapping[str, str]
) -> Reading:
    """Converts a file of Service Catalog Factory; the project's portfolios and families with display names.

    Raises InputError for any other file, and for values of the wrong type.
    """
    findings = Findings()
    document = Fields.of(path, path.parent, findings)
    if not {"Portfolios", *_LISTS} & set(document):
        raise InputError(
            f"'{path}' is not a portfolio file of Service Catalog Factory",
            hint="such a file has a top-level key Portfolios, Products or Components",
        )
    reading = _Converter(path, regions, portfolios, families, findings).convert(document)
    findings.check()
    reading.omitted = list(dict.fromkeys(findings.omitted))
    return reading


class _Converter:
    def __init__(
        self,
        path: Path,
        regions: Sequence[str],
        portfolios: Mapping[str, str],
        families: Mapping[str, str],
        findings: Findings,
    ) -> None:
        self._path, self._regions, self._findings = path, list(regions), findings
        self._portfolios = portfolios
        self._portfolio_name, self._product_name = naming(portfolios), naming(families)
        self._taken: dict[str, set[str]] = {"portfolio": set(), "product": set()}
        self._reading = Reading()

    def convert(self, document: Fields) -> Reading:
        # By the portfolio's name in the account, or an ending of it.
        loose: list[tuple[str, _Product]] = []
        for fields in [it for key in _LISTS for it in document.entries(key, "Name")]:
            product = self._product(fields)
            loose += [(name, product) for name in self._names_in(fields)] if product else []
        for portfolio in document.entries("Portfolios", "DisplayName", "PortfolioName"):
            display_name = self._display_name(portfolio)
            own = [it for fields in self._products_of(portfolio) if (it := self._product(fields))]
            own += [it for name, it in loose if _is_named(display_name, name)]
            loose = [it for it in loose if not _is_named(display_name, it[0])]
            if _is_terminated(portfolio):
                names = ", ".join(it.name for it in own)
                self._omit(
                    f"portfolio {display_name}: {_TERMINATED}"
                    + (f"; no portfolio has its products {names}" if names else "")
                )
                continue
            self._portfolio(portfolio, display_name, own)
        self._enter(loose)
        self._omit_unknown(document, ("Schema", "schema", "Portfolios", *_LISTS), "the file")
        self._omit_products_beside()
        return self._reading

    def _enter(self, loose: Iterable[tuple[str, _Product]]) -> None:
        """Products of portfolios in other files."""
        for name, product in loose:
            found = [it for it, display_name in self._portfolios.items() if _is_named(display_name, name)]
            if len(found) == 1:
                self._reading.entries.append(Entry(portfolio=found[0], fields=product.entry))
            else:
                self._omit(
                    f"product {product.name} in the portfolio '{name}' of another file: "
                    "adopt that file first, then this one again"
                )

    def _portfolio(self, fields: Fields, display_name: str, products: Sequence[_Product]) -> None:
        name = self._portfolio_name(display_name, self._taken["portfolio"])
        self._taken["portfolio"].add(name)
        what = f"portfolio {name}"
        self._resource_updates(fields.mapping("Constraints"), what, products)
        found: dict[str, Any] = {
            "display_name": display_name,
            "provider_name": fields.text("ProviderName"),
            "description": fields.text("Description"),
            "regions": self._regions,
            "tags": self._tags(fields, what),
            "principals": list(self._principals(fields, name)),
            "tag_options": self._tag_options(fields, what),
            "products": [it.entry for it in products],
        }
        self._write(f"portfolio/{name}.yaml", found)
        known = ("DisplayName", "PortfolioName", "Description", "ProviderName", "Associations", "Tags")
        self._omit_unknown(fields, (*known, "TagOptions", "Constraints", "Status", *_LISTS), what)

    def _principals(self, fields: Fields, name: str) -> Iterator[dict[str, str]]:
        seen = set[tuple[str, str]]()
        for it in fields.items("Associations"):
            arn = it if isinstance(it, str) else it.text("PrincipalARN")
            # Only patterns are without an account.
            type_ = "IAM_PATTERN" if ":iam:::" in arn else "IAM"
            if isinstance(it, Fields):
                type_ = it.text("PrincipalType", type_)
                self._omit_unknown(it, ("PrincipalARN", "PrincipalType"), f"a principal of {name}")
            arn = self._filled(arn, f"a principal of {name}")
            if not arn:
                self._omit(f"an entry without PrincipalARN in Associations of {name}")
            elif (arn, type_) not in seen:
                seen.add((arn, type_))
                yield {"principal_arn": arn, "principal_type": type_}

    def _resource_updates(self, fields: Fields, what: str, products: Sequence[_Product]) -> None:
        """Portfolios allow updates of tags, of the products whose name matches from its start."""
        for it in fields.items("ResourceUpdate", texts=False):
            assert isinstance(it, Fields)
            value = it.text("TagUpdateOnProvisionedProduct")
            for pattern in [one for key in ("Products", "Product") for one in it.items(key)]:
                if not isinstance(pattern, str) or (pattern != ".*" and _SPECIAL.search(pattern)):
                    self._omit(f"the ResourceUpdate constraint of {what} for '{pattern}': list its products")
                    continue
                for product in products:
                    if pattern == ".*" or product.display_name.startswith(pattern):
                        constraint = {"type": "RESOURCE_UPDATE", "tag_update_on_provisioned_product": value}
                        product.entry.setdefault("constraints", []).append(constraint)
        self._omit_unknown(fields, ("ResourceUpdate",), f"Constraints of {what}", ())

    def _product(self, fields: Fields) -> _Product | None:
        """The product, whose files are written; None when it is terminated."""
        display_name = fields.text("Name")
        if _is_terminated(fields):
            self._omit(f"product {display_name}: {_TERMINATED}")
            return None
        key = self._product_name(display_name, self._taken["product"])
        self._taken["product"].add(key)
        what = f"product {key}"
        versions = fields.entries("Versions", "Name")
        kept = [it for it in versions if not _is_terminated(it)]
        live = [it for it in kept if it.word("Active") in ("", "true")]
        launch = fields.mapping("Constraints").mapping("Launch")
        role = launch.text("LocalRoleName")
        found: dict[str, Any] = {
            "family": key,
            "version": latest_semantic(it.text("Name").removeprefix("v") for it in live),
            "display_name": display_name,
            "owner": fields.text("Owner"),
            **{ours: fields.text(theirs) for theirs, ours in _TEXTS.items()},
            "tags": self._tags(fields, what),
            "tag_options": self._tag_options(fields, what),
            "template": TEMPLATE,
            "launch_role": role,
        }
        self._write(f"products/{key}/product.yaml", found)
        newest = next(reversed(live or kept), None)
        source = {**dict(fields.leaves("Source")), **dict(newest.leaves("Source") if newest else ())}
        place = f"products/{key}/{TEMPLATE}"
        self._omit(f"the template of {what}: save it as {place}; its source is {_place_of(source)}")
        self._omit_versions(what, versions, newest)
        known = ("Name", "Owner", *_TEXTS, "Tags", "TagOptions", "Versions", "Portfolios", "Constraints")
        self._omit_unknown(fields, (*known, "Source", "Status"), what)
        self._omit_unknown(fields.mapping("Constraints"), ("Launch",), f"Constraints of {what}", ())
        self._omit_unknown(launch, ("LocalRoleName",), f"Launch of {what}")
        entry: dict[str, Any] = {"product": key}
        if role:
            entry["constraints"] = [{"type": "LAUNCH", "local_role_name": role}]
        return _Product(name=key, display_name=display_name, entry=entry)

    def _omit_versions(self, what: str, versions: Sequence[Fields], newest: Fields | None) -> None:
        ended = [it.text("Name") for it in versions if _is_terminated(it)]
        others = [it.text("Name") for it in versions if it is not newest and not _is_terminated(it)]
        if ended:
            self._omit(f"the versions {', '.join(ended)} of {what}: their Status is terminated")
        if others:
            self._omit(f"the versions {', '.join(others)} of {what}: published versions stay as they are")
        for version in versions:
            known = ("Name", "Description", "Active", "Status", "Source")
            self._omit_unknown(version, known, f"version {version.text('Name')} of {what}")

    def _omit_unknown(
        self, fields: Fields, known: Sequence[str], what: str, building: Sequence[str] = _BUILDING
    ) -> None:
        for name in fields:
            if name in building:
                self._omit(f"{name} of {what}: {_NO_BUILDING}")
            elif name not in known:
                self._omit(f"{name} of {what}")

    def _omit_products_beside(self) -> None:
        """Factory reads products/ after portfolios/, and puts its products in these portfolios."""
        folder = self._path.parent.parent / "products"
        if self._path.parent.name == "portfolios" and folder.is_dir():
            for path in sorted(folder.glob("*.yaml")):
                self._omit(f"products/{path.name}: adopt it after this file, with --factory")

    def _tags(self, fields: Fields, what: str) -> dict[str, str]:
        return {
            it.text("Key"): self._filled(it.text("Value"), f"the tag {it.text('Key')} of {what}")
            for it in fields.entries("Tags", "Key")
        }

    def _tag_options(self, fields: Fields, what: str) -> list[dict[str, Any]]:
        found: dict[str, list[str]] = {}
        for it in fields.entries("TagOptions", "Key"):
            key = it.text("Key")
            value = self._filled(it.text("Value"), f"the TagOption {key} of {what}")
            found[key] = list(dict.fromkeys([*found.get(key, ()), value]))
        return [{"key": key, "values": values} for key, values in found.items()]

    def _filled(self, text: str, what: str) -> str:
        """Placeholders such as ${AWS::AccountId} as {account_id}."""

        def placeholder(match: re.Match[str]) -> str:
            if match[1] in _PLACEHOLDERS:
                return f"{{{_PLACEHOLDERS[match[1]]}}}"
            self._omit(f"{match[0]} in {what}: replace it with its value")
            return match[0]

        return re.sub(r"\$\{([^}]*)\}", placeholder, text)

    def _display_name(self, portfolio: Fields) -> str:
        """The portfolio's name in the account."""
        return portfolio.text("PortfolioName") or f"{self._path.stem}-{portfolio.text('DisplayName')}"

    def _names_in(self, product: Fields) -> Iterator[str]:
        """The names of the portfolios that a product of no portfolio shall be in."""
        for it in product.items("Portfolios"):
            if isinstance(it, str):
                yield it
            else:
                group = f"{it.text('PortfolioGroupName')}-{it.text('DisplayName')}"
                yield it.text("PortfolioName") or group.removeprefix("-")

    def _products_of(self, portfolio: Fields) -> list[Fields]:
        """The products of a portfolio, with what has files of its own.

        <file>/Portfolios/<name>/Products/<product>/<product>.yaml and Versions/<version>/specification.yaml
        """
        name = portfolio.text("DisplayName") or portfolio.text("PortfolioName")
        folder = _below(self._path.with_suffix("") / "Portfolios").get(name)
        found: list[Fields] = []
        for key in _LISTS:
            products = {it.text("Name"): it for it in portfolio.entries(key, "Name")}
            for product, place in _below(folder / key if folder else None).items():
                file = place / f"{product}.yaml"
                if product not in products and key == "Products" and file.is_file():
                    products[product] = self._file(file, product)
                if product not in products:
                    self._omit(f"the product {product} of {name}: its folder has no {file.name}")
                    continue
                files = {it: path / "specification.yaml" for it, path in _below(place / "Versions").items()}
                versions = [self._file(path, it) for it, path in files.items() if path.is_file()]
                products[product].also.setdefault("Versions", []).extend(versions)
            found += products.values()
        return found

    def _file(self, path: Path, name: str) -> Fields:
        return Fields.of(path, self._path.parent, self._findings, name)

    def _write(self, path: str, fields: Mapping[str, Any]) -> None:
        self._reading.files.append(yaml_draft(path, {name: it for name, it in fields.items() if it}))

    def _omit(self, what: str) -> None:
        self._findings.omitted.append(what)


def _is_terminated(fields: Fields) -> bool:
    return "terminated" in (fields.word("Status"), fields.word("Active"))


def _is_named(display_name: str, name: str) -> bool:
    """Whether a portfolio is meant: products name them with or without the file's name before it."""
    return display_name == name or display_name.endswith(f"-{name}")


def _below(folder: Path | None) -> dict[str, Path]:
    """The folders in a folder, by name."""
    if folder is None or not folder.is_dir():
        return {}
    return {it.name: it for it in sorted(folder.iterdir()) if it.is_dir()}


def _place_of(source: Mapping[str, str]) -> str:
    words = [
        f"{path.removeprefix('Source.Configuration.')}={text}"
        for path, text in source.items()
        if path.startswith("Source.Configuration.")
    ]
    return " ".join([source.get("Source.Provider", "unknown"), *words])
