"""All declarations of a project: read, checked one by one and against each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from publisher.declarations.config import FAMILY, LaunchConfig
from publisher.declarations.config_checks import parse_config
from publisher.declarations.portfolio import PortfolioFile
from publisher.declarations.portfolio_checks import check_products, parse_portfolio, products_of
from publisher.declarations.product import Family, Variant
from publisher.declarations.product_checks import parse_family
from publisher.declarations.shape import closest, did_you_mean
from publisher.documents import quoted, read, relative
from publisher.errors import InputError, Problem, Where

PORTFOLIOS, PRODUCTS, CONFIGS = "portfolio", "products", "configs"
PRODUCT_FILE = "product.yaml"


@dataclass(frozen=True, kw_only=True, eq=False)
class Repository:
    """What a project declares. Portfolios, families and configs are sorted by name."""

    root: Path
    portfolios: tuple[PortfolioFile, ...] = ()
    families: tuple[Family, ...] = ()
    configs: tuple[LaunchConfig, ...] = ()

    @cached_property
    def variants(self) -> tuple[Variant, ...]:
        """Every product, sorted by key."""
        variants = (variant for family in self.families for variant in family.variants)
        return tuple(sorted(variants, key=lambda variant: variant.key))

    def select(self, *globs: str) -> tuple[Variant, ...]:
        """The products that match any of the globs; all without globs. Raises InputError."""
        keys = [variant.key for variant in self.variants]
        for glob in globs:
            if not any(fnmatchcase(key, glob) for key in keys):
                hint = did_you_mean(glob, keys, what="the products are")
                raise InputError(f"no product matches {quoted(glob)}", hint=hint)
        return tuple(
            variant
            for variant in self.variants
            if not globs or any(fnmatchcase(variant.key, glob) for glob in globs)
        )

    def variants_of(self, portfolio: PortfolioFile) -> tuple[Variant, ...]:
        """The products of a portfolio, sorted by key."""
        held = set(products_of(portfolio, (variant.key for variant in self.variants)))
        return tuple(variant for variant in self.variants if variant.key in held)


@dataclass
class Reading:
    """What was read, right or wrong: the declarations that are right, all problems, and the files' names."""

    portfolios: list[PortfolioFile] = field(default_factory=list)
    families: list[Family] = field(default_factory=list)
    configs: list[LaunchConfig] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    products_known: bool = True

    def repository(self, root: Path) -> Repository:
        """The declarations that are right."""
        return Repository(
            root=root,
            portfolios=tuple(sorted(self.portfolios, key=lambda each: each.name)),
            families=tuple(sorted(self.families, key=lambda each: each.name)),
            configs=tuple(sorted(self.configs, key=lambda each: each.path)),
        )


def load(root: Path, *, configs: bool = True) -> Repository:
    """Everything the project declares. Raises InputError with every problem of every file."""
    reading = read_all(root, configs=configs)
    if reading.problems:
        raise InputError.of(reading.problems)
    return reading.repository(root)


def read_all(root: Path, *, configs: bool = True, others: Sequence[Path] = ()) -> Reading:
    """Reads all files of the project, and `others` outside it, and collects their problems."""
    folders = [root / name for name in (PORTFOLIOS, PRODUCTS, CONFIGS)]
    if not others and not any(folder.is_dir() for folder in folders):
        message = f"{quoted(root.as_posix())} declares nothing: it has no portfolio/, products/ or configs/"
        raise InputError(message, hint="--directory names the project's folder")
    reading = Reading()
    for path in (*_files(root, reading, configs=configs), *others):
        _take(reading, path, root)
    _check_together(reading)
    return reading


def _files(root: Path, reading: Reading, *, configs: bool) -> Iterator[Path]:
    for folder in (PORTFOLIOS, *((CONFIGS,) if configs else ())):
        for path in sorted((root / folder).glob("[!._]*")):
            if path.suffix == ".yaml":
                yield path
            elif path.suffix in (".yml", ".json"):
                message = f"{quoted(path.name)} is not read: declarations end in .yaml"
                where = Where(path=relative(path, root))
                hint = f"rename it to {path.stem}.yaml"
                reading.problems.append(Problem(rule="P001", where=where, message=message, hint=hint))
    for folder_path in sorted((root / PRODUCTS).glob("[!._]*/")):
        yield folder_path / PRODUCT_FILE


def _take(reading: Reading, path: Path, root: Path) -> None:
    """Reads one file as what its place says: a portfolio, a family, or else a launch config."""
    reading.files.append(relative(path, root))
    try:
        document = read(path, root=root)
    except InputError as error:
        reading.problems.extend(error.problems)
        reading.products_known &= path.name != PRODUCT_FILE
        return
    if path.name == PRODUCT_FILE:
        family, problems = parse_family(document, path.absolute().parent)
        reading.families.extend([family] if family else [])
        reading.products_known &= family is not None
    elif path.absolute().parent.name == PORTFOLIOS:
        portfolio, problems = parse_portfolio(document)
        reading.portfolios.extend([portfolio] if portfolio else [])
    else:
        config, problems = parse_config(document)
        reading.configs.extend([config] if config and not problems else [])
    reading.problems.extend(problems)


def _check_together(reading: Reading) -> None:
    """What can be told once every product is known; a family that is wrong would cause false complaints."""
    if not reading.products_known:
        return
    owners: dict[str, Family] = {}
    for variant in (variant for family in reading.families for variant in family.variants):
        first = owners.setdefault(variant.key, variant.family)
        if first is not variant.family:
            message = f"the product {quoted(variant.key)} is also made by {first.document.path}"
            where = variant.family.document.where("family")
            hint = "rename one of the two families"
            reading.problems.append(Problem(rule="P135", where=where, message=message, hint=hint))
    keys = sorted(owners)
    for portfolio in reading.portfolios:
        reading.problems.extend(check_products(portfolio, keys))
    reading.problems.extend(_configs(reading, keys))


def _configs(reading: Reading, keys: Sequence[str]) -> Iterator[Problem]:
    for config in reading.configs:
        if config.product not in keys:
            close = closest(config.product, keys)
            yield Problem(
                rule="P155",
                where=config.document.where("ml_product", key=True),
                message=f"the family {quoted(FAMILY)} has no product {quoted(config.product)}",
                hint=f"did you mean {quoted(close)}?" if close else "add the combination to its product.yaml",
            )
