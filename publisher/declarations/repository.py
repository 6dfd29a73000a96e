"""All declarations of a project: read, checked one by one and against each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from publisher.declarations.config import LaunchConfig, parse_config
from publisher.declarations.form import FORM_FILE, PRODUCTS, Form, check_families, form_files, parse_form
from publisher.declarations.pipeline import PIPELINE_FILE, PipelineFile, check_pipeline, parse_pipeline
from publisher.declarations.portfolio import PortfolioFile
from publisher.declarations.portfolio_checks import parse_portfolio
from publisher.declarations.portfolio_products import (
    check_blueprints,
    check_external,
    check_products,
    products_of,
)
from publisher.declarations.product import Family, Variant
from publisher.declarations.product_checks import parse_family
from publisher.declarations.studio_products import check_studio
from publisher.declarations.targets import (
    TARGETS_FILE,
    TargetsFile,
    check_targets,
    check_variables,
    parse_targets,
)
from publisher.documents import read, relative
from publisher.errors import InputError, Problem, Where, command, errors, nearest, quoted

PORTFOLIOS, CONFIGS = "portfolio", "configs"
PRODUCT_FILE = "product.yaml"
# The last two are there to be reported.
_SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, kw_only=True, eq=False)
class Repository:
    """What a project declares. Portfolios, families, forms and configs are sorted by name.

    `unclear` has the families of which nobody can say which products they have. Products that are `held_up`
    are declared, but left out.
    """

    root: Path
    portfolios: tuple[PortfolioFile, ...] = ()
    families: tuple[Family, ...] = ()
    forms: tuple[Form, ...] = ()
    configs: tuple[LaunchConfig, ...] = ()
    unclear: tuple[str, ...] = ()
    held_up: frozenset[str] = frozenset()

    @cached_property
    def variants(self) -> tuple[Variant, ...]:
        """Every product, sorted by key."""
        declared = (variant for family in self.families for variant in family.variants)
        variants = (variant for variant in declared if variant.key not in self.held_up)
        return tuple(sorted(variants, key=lambda variant: variant.key))

    @cached_property
    def blueprints(self) -> frozenset[str]:
        """The products of portfolios of account blueprints."""
        marked = (it for it in self.portfolios if it.blueprint)
        return frozenset(variant.key for portfolio in marked for variant in self.variants_of(portfolio))

    def select(self, *globs: str) -> tuple[Variant, ...]:
        """The products that match any of the globs; all without globs. Raises InputError."""
        keys = [variant.key for variant in self.variants]
        for glob in globs:
            if not any(fnmatchcase(key, glob) for key in keys):
                hint = nearest(glob.rstrip("*"), keys, otherwise=f"run {command('list')} to see the products")
                raise InputError(f"no product matches {quoted(glob)}", hint=hint)
        return tuple(
            variant
            for variant in self.variants
            if not globs or any(fnmatchcase(variant.key, glob) for glob in globs)
        )

    def may_have(self, product: str) -> bool:
        """Whether an unclear family may declare a product of this key, or of one that a glob matches."""
        beginning = re.split(r"[*?\[]", product)[0]
        return any(name.startswith(beginning) or beginning.startswith(name) for name in self.unclear)

    def variants_of(self, portfolio: PortfolioFile) -> tuple[Variant, ...]:
        """The products of a portfolio, sorted by key."""
        held = set(products_of(portfolio, (variant.key for variant in self.variants)))
        return tuple(variant for variant in self.variants if variant.key in held)


@dataclass(kw_only=True)
class Reading:
    """What was read, right or wrong: the declarations that are right, and the problems of all files."""

    root: Path
    files: list[str] = field(default_factory=list)
    portfolios: list[PortfolioFile] = field(default_factory=list)
    families: list[Family] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    configs: list[LaunchConfig] = field(default_factory=list)
    targets: list[TargetsFile] = field(default_factory=list)
    pipelines: list[PipelineFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    portfolios_known: bool = True
    targets_known: bool = True
    forms_known: bool = True

    def repository(self) -> Repository:
        """The declarations that are right."""
        return Repository(
            root=self.root,
            portfolios=tuple(sorted(self.portfolios, key=lambda each: each.name)),
            families=tuple(sorted(self.families, key=lambda each: each.name)),
            forms=tuple(sorted(self.forms, key=lambda each: each.family)),
            configs=tuple(sorted(self.configs, key=lambda each: each.path)),
            unclear=tuple(sorted(self.unclear)),
        )


def load(root: Path, *, configs: bool = True) -> Repository:
    """Everything the project declares. Raises InputError with every problem of every file."""
    reading = read_all(root, declared(root, configs=configs))
    if found := errors(reading.problems):
        raise InputError.of(found)
    return reading.repository()


def declared(root: Path, *, configs: bool = True) -> list[Path]:
    """The files of a project that declare something. Raises InputError when there is nothing at all."""
    folders = [root / name for name in (PORTFOLIOS, PRODUCTS, CONFIGS)]
    wrong = [folder for folder in folders if _flaw(folder, root)]
    if not wrong and not any(folder.is_dir() for folder in folders):
        message = f"no declarations in {quoted(root.as_posix())}: it has no portfolio/, products/ or configs/"
        raise InputError(message, hint="set --directory to the project's folder")
    names = (PORTFOLIOS, CONFIGS) if configs else (PORTFOLIOS,)
    files = {path for name in names for path in (root / name).glob("[!._]*") if path.suffix in _SUFFIXES}
    files.update(path for name in (TARGETS_FILE, PIPELINE_FILE) for path in (root / CONFIGS).glob(name))
    families = [it for it in (root / PRODUCTS).glob("[!._]*") if it.is_dir() or not it.exists()]
    forms = form_files(root)
    # A form without a family is for products that are published from elsewhere.
    owned = [it for it in families if (it / PRODUCT_FILE).exists() or it / FORM_FILE not in forms]
    found = (*files, *forms, *(folder / PRODUCT_FILE for folder in owned))
    return sorted((*wrong, *(path for path in found if not set(wrong) & set(path.parents))))


def _flaw(folder: Path, root: Path) -> tuple[str, str] | None:
    """Why no declarations can be read from one of a project's folders that is there, and the remedy."""
    if not folder.exists():
        if folder.is_symlink():
            return "broken symlink", "replace it with a folder, or remove it"
    elif not folder.is_dir():
        return "not a folder", "replace it with a folder, or remove it"
    elif not folder.resolve().is_relative_to(root.resolve()):
        return "a symlink pointing outside the project", "replace it with the folder itself"
    return None


def read_all(root: Path, files: Iterable[Path]) -> Reading:
    """Reads these files, checks each by itself and all together, and collects their problems."""
    reading = Reading(root=root)
    # Configs are read by forms, which are below the folder products.
    for path in sorted(files, key=lambda it: not (_is_form(it) or it == root / PRODUCTS)):
        _take(reading, path)
    reading.problems.extend(_together(reading))
    return reading


def _is_form(path: Path) -> bool:
    return path.name == FORM_FILE and path.absolute().parent.parent.name == PRODUCTS


def _take(reading: Reading, path: Path) -> None:
    """Reads one file as what its place says: a portfolio, a family, its form, or else a launch config."""
    name = relative(path, reading.root)
    reading.files.append(name)
    is_folder = path.parent == reading.root and path.name in (PORTFOLIOS, PRODUCTS, CONFIGS)
    if is_folder and (flaw := _flaw(path, reading.root)):
        problem = Problem(rule="P001", where=Where(path=name), message=flaw[0], hint=flaw[1])
        reading.problems.append(problem)
        reading.unclear.extend([""] if path.name == PRODUCTS else [])
        reading.portfolios_known &= path.name != PORTFOLIOS
        reading.forms_known &= path.name != PRODUCTS
        return
    if path.suffix != ".yaml":
        message, hint = (
            "declarations must end in .yaml",
            f"rename it to {path.stem}.yaml",
        )
        reading.problems.append(Problem(rule="P001", where=Where(path=name), message=message, hint=hint))
        return
    try:
        document = read(path, root=reading.root)
    except InputError as error:
        reading.problems.extend(error.problems)
        reading.unclear.extend([path.absolute().parent.name] if path.name == PRODUCT_FILE else [])
        reading.portfolios_known &= path.absolute().parent.name != PORTFOLIOS
        reading.forms_known &= not _is_form(path)
        return
    folder = path.absolute().parent
    if path.name == PRODUCT_FILE:
        family, problems = parse_family(document, folder)
        reading.families.extend([family] if family else [])
        reading.unclear.extend([] if family and family.name == folder.name else [folder.name])
    elif _is_form(path):
        form, problems = parse_form(document, folder.name)
        reading.forms.extend([form] if form else [])
        reading.forms_known &= form is not None
    elif folder.name == PORTFOLIOS:
        portfolio, problems = parse_portfolio(document)
        reading.portfolios.extend([portfolio] if portfolio else [])
        reading.portfolios_known &= portfolio is not None
    elif path.name == TARGETS_FILE:
        targets, problems = parse_targets(document)
        reading.targets.extend([targets] if targets and not errors(problems) else [])
        reading.targets_known &= not errors(problems)
    elif path.name == PIPELINE_FILE:
        pipeline, problems = parse_pipeline(document)
        reading.pipelines.extend([pipeline] if pipeline and not errors(problems) else [])
    else:
        config, problems = parse_config(document, reading.forms)
        if not reading.forms_known and not document.has("product"):
            reading.unread.append(name)
            return
        reading.configs.extend([config] if config else [])
    reading.problems.extend(problems)


def _together(reading: Reading) -> Iterator[Problem]:
    """What files say of each other, without what would only follow from a problem of another file."""
    owners: dict[str, Family] = {}
    variants = [variant for family in reading.families for variant in family.variants]
    for variant in variants:
        first = owners.setdefault(variant.key, variant.family)
        if first is not variant.family:
            message = f"product {quoted(variant.key)} is also defined by {first.document.path}"
            where, hint = variant.family.document.where("family"), "rename one of the two families"
            yield Problem(rule="P135", where=where, message=message, hint=hint, products=(variant.key,))
    repository = reading.repository()
    for portfolio in reading.portfolios:
        yield from check_products(portfolio, sorted(owners), may_exist=repository.may_have)
        yield from check_variables(portfolio, next(iter(reading.targets), None))
        yield from check_external(portfolio, variants)
        yield from check_blueprints(portfolio, variants)
        if not reading.unclear:
            yield from check_studio(portfolio, variants)
    if reading.portfolios and reading.portfolios_known:
        yield from _unplaced(reading)
        for targets in reading.targets:
            yield from check_targets(targets, reading.portfolios)
    yield from check_families(reading.forms, variants)
    for pipeline in reading.pipelines if reading.targets_known else ():
        yield from check_pipeline(pipeline, next(iter(reading.targets), None))


def _unplaced(reading: Reading) -> Iterator[Problem]:
    """Families with products that no portfolio holds, hence that nobody can launch."""
    for family in reading.families:
        keys = [variant.key for variant in family.variants]
        held = {key for portfolio in reading.portfolios for key in products_of(portfolio, keys)}
        left = [key for key in keys if key not in held]
        if left and family.file.retire is None:
            more = f" and {len(left) - 1} more are" if len(left) > 1 else " is"
            yield Problem(
                rule="P139",
                where=family.document.where("family"),
                message=f"{quoted(left[0])}{more} in no portfolio",
                hint="add it to the products of a portfolio",
                severity="warning",
            )
