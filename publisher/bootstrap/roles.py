"""The launch roles of products, their boundaries, and why they need their actions. Knows no AWS client."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from typing import Any, TypeVar

from publisher.declarations import Repository, Variant
from publisher.declarations.product import DERIVED, JINJA, boundary_name
from publisher.declarations.studio_products import placed_products
from publisher.errors import InputError, Problem, Where, and_more
from publisher.permissions import (
    Knowledge,
    Need,
    Policy,
    Scope,
    Trust,
    derive,
    explain,
    needs,
    policies,
    trust,
)
from publisher.permissions.boundary import boundary
from publisher.permissions.names import Names
from publisher.permissions.policies import POLICY_SIZE
from publisher.templates.checks import source
from publisher.templates.render import Rendered
from publisher.templates.resource_schemas import schema_files
from publisher.templates.result_cache import key_of, results

T = TypeVar("T")
LAUNCH, DEPLOY = "service-catalog", "cloudformation"
# Of kept results, and the code that makes them.
_KIND = "launch-role"
_CODE = ("bootstrap", "declarations", "permissions")
ADMINISTRATOR = "T032"


@dataclass(frozen=True, kw_only=True)
class LaunchRole:
    """The launch role of a product, or its deploy role, with the policies derived from its template.

    `trust` says who assumes it: for SageMaker projects of a template in S3, CloudFormation.

    `boundary` is what the roles that the template makes can be allowed at most, None where it makes none, or
    has a boundary that exists. `administrator` says why the role is equivalent to one. `rendered` is the
    product that it is derived from.
    """

    product: str
    name: str
    policies: tuple[Policy, ...]
    boundary: Policy | None = None
    administrator: tuple[str, ...] = ()
    trust: str = LAUNCH
    rendered: Rendered | None = field(default=None, repr=False, compare=False)


def derived(variants: Iterable[Variant]) -> tuple[Variant, ...]:
    """The products whose launch roles are derived, not existing roles."""
    return tuple(variant for variant in variants if variant.family.launch_role == DERIVED)


def launch_roles(rendered: Iterable[Rendered]) -> list[LaunchRole]:
    """The launch roles of products whose roles are derived. Raises InputError with all that cannot be."""
    return _right(derivable(rendered))


def derivable(rendered: Iterable[Rendered]) -> tuple[list[LaunchRole], tuple[Problem, ...]]:
    """The launch roles that can be derived, and why the others cannot be."""
    knowledge = Knowledge.load()
    return _each(rendered, lambda one: _derived(one, Scope.of(one.variant), knowledge))


def _derived(one: Rendered, scope: Scope, knowledge: Knowledge) -> LaunchRole:
    """Raises InputError when it cannot be derived, or roles of the template lack their boundary."""
    made = derive(one.template, scope, limits=_derives_boundary(one), knowledge=knowledge)
    if made.unbounded:
        raise InputError.of(_unbounded(one, made.unbounded))
    return LaunchRole(
        product=one.product,
        name=one.variant.launch_role,
        policies=made.policies,
        boundary=made.boundary,
        administrator=made.administrator,
        rendered=one,
    )


def deploy_roles(rendered: Iterable[Rendered]) -> list[LaunchRole]:
    """The roles that make SageMaker projects of these products' templates in S3.

    They need less than the launch roles, and their boundary is that of the launch role. Raises InputError.
    """
    knowledge = Knowledge.load()
    found = []
    for one in rendered:
        role = _derived(one, _deploy_scope(one.variant), knowledge)
        found.append(replace(role, name=one.variant.deploy_role, boundary=None, trust=DEPLOY))
    return found


def _deploy_scope(variant: Variant) -> Scope:
    return replace(Scope.of(variant), for_=DEPLOY, stack=trust(DEPLOY).stacks())


def _derives_boundary(one: Rendered) -> bool:
    return bool(one.variant.permissions_boundary) and (
        one.variant.family.file.permissions_boundary == DERIVED
    )


def with_older(
    role: LaunchRole, older: Mapping[str, Mapping[str, Any]]
) -> tuple[LaunchRole, Mapping[str, str]]:
    """A derived role with what older templates of its product need, too, and why not with that of some.

    `older` are templates in the long form by any name; where a role cannot hold all, the last are left out.
    """
    if role.rendered is None:
        return role, {}
    one, knowledge = role.rendered, Knowledge.load()
    launches = role.trust == LAUNCH
    scope = Scope.of(one.variant) if launches else _deploy_scope(one.variant)
    limited = launches and _derives_boundary(one)
    own = needs(one.template, scope=scope, knowledge=knowledge)
    names = Names(one.template, scope, knowledge)
    found: dict[str, tuple[tuple[Need, ...], Names]] = {}
    reasons: dict[str, str] = {}
    for name, template in older.items():
        try:
            former = Names(template, scope, knowledge)
            found[name] = (needs(template, scope=scope, knowledge=knowledge), former)
            if limited:
                boundary(former)
        except (InputError, RecursionError) as error:
            found.pop(name, None)
            reasons[name] = str(error) or "the template is nested too deeply"
    while found:
        try:
            return replace(
                role,
                policies=policies([*own, *(it for some, _ in found.values() for it in some)]),
                boundary=boundary(names, *(it for _, it in found.values())) if limited else None,
            ), reasons
        except InputError as error:
            name, _ = found.popitem()
            reasons[name] = f"it does not fit: {error}"
    return role, reasons


class DerivedRoles:
    """The launch roles of a project, and what is wrong with them, by product; derived once."""

    def __init__(self) -> None:
        self._right: dict[str, Rendered] = {}
        self._roles: dict[str, LaunchRole] = {}
        self._deploying: dict[str, LaunchRole] = {}

    def check(self, rendered: Iterable[Rendered]) -> tuple[Problem, ...]:
        """Why some cannot be derived, warnings about administrators; what is kept is not derived again."""
        mine = {it.product: it for it in rendered if it.variant.family.launch_role == DERIVED}
        reasons = {key: kept for key, one in mine.items() if (kept := _kept_reasons(one)) is not None}
        roles, problems = derivable(one for key, one in mine.items() if key not in reasons)
        for role in roles:
            self._roles[role.product], reasons[role.product] = role, role.administrator
            results.put(_KIND, _key(mine[role.product]), json.dumps(role.administrator).encode())
        self._right = {key: one for key, one in mine.items() if key in reasons}
        return (*problems, *administrators({key: reasons[key] for key in self._right}, mine))

    def of(self, repository: Repository, names: Collection[str] | None = None) -> list[LaunchRole]:
        """The launch roles of these products, and the deploy roles of those whose templates are in S3.

        Only those of these names, if any are given.
        """

        def asked(name: str) -> bool:
            return names is None or name in names

        keys = {it.key for it in repository.variants}
        right = {key: one for key, one in self._right.items() if key in keys}
        found = [key for key, one in right.items() if asked(one.variant.launch_role)]
        new = launch_roles(right[key] for key in found if key not in self._roles)
        self._roles |= {it.product: it for it in new}
        placed = [
            it for it in placed_products(repository) if it in right and asked(right[it].variant.deploy_role)
        ]
        new = deploy_roles(right[key] for key in placed if key not in self._deploying)
        self._deploying |= {it.product: it for it in new}
        return [*(self._roles[key] for key in found), *(self._deploying[key] for key in placed)]


def _key(one: Rendered) -> str:
    scope = astuple(Scope.of(one.variant))
    return key_of(one.digest, scope, _derives_boundary(one), schema_files(), code=_CODE)


def _kept_reasons(one: Rendered) -> tuple[str, ...] | None:
    """Why a role that was derived before is equivalent to an administrator; None if it was not derived."""
    try:
        return tuple(json.loads(results.get(_KIND, _key(one)) or b""))
    except (ValueError, TypeError):
        return None


def administrators(
    reasons: Mapping[str, Iterable[str]], rendered: Mapping[str, Rendered]
) -> tuple[Problem, ...]:
    """A warning for each reason why launch roles of a family are equivalent to administrators, by product."""
    found: dict[tuple[Where, str], list[str]] = {}
    for product, some in reasons.items():
        document = rendered[product].variant.family.document
        key = "permissions_boundary" if document.has("permissions_boundary") else "family"
        for reason in some:
            found.setdefault((document.where(key), reason), []).append(product)
    return tuple(
        Problem(
            rule=ADMINISTRATOR,
            where=where,
            message=f"the launch role is equivalent to an administrator, because {reason}: {and_more(names)}",
            hint="give who may change the product as much trust, or set permissions_boundary",
            severity="warning",
            products=tuple(names),
        )
        for (where, reason), names in found.items()
    )


def _unbounded(one: Rendered, wrong: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    parsed, jinja = source(one), one.variant.template.endswith(JINJA)
    arn = "{{ permissions_boundary }}" if jinja else one.variant.permissions_boundary
    for message, names in wrong.items():
        yield Problem(
            rule="T031",
            where=parsed.where("Resources", names[0], key=True),
            message=f"{message}: {and_more(names)}",
            hint=f"write PermissionsBoundary: !Sub {arn}, or set permissions_boundary: none in product.yaml",
            products=(one.product,),
        )


def _each(
    rendered: Iterable[Rendered], derive: Callable[[Rendered], T]
) -> tuple[list[T], tuple[Problem, ...]]:
    found: list[T] = []
    placed: list[Problem] = []
    wrong: dict[tuple[str, str, str], list[str]] = {}
    for one in rendered:
        try:
            found.append(derive(one))
        except InputError as error:
            placed.extend(error.problems)
            if not error.problems:
                path = one.variant.template_path
                wrong.setdefault((path, error.message, error.hint), []).append(one.product)
    return found, tuple(placed) + tuple(
        Problem(
            rule="T030",
            where=Where(path=path),
            message=f"{message}: {and_more(names)}",
            hint=hint,
            products=tuple(names),
        )
        for (path, message, hint), names in wrong.items()
    )


def _right(derived: tuple[list[T], tuple[Problem, ...]]) -> list[T]:
    found, problems = derived
    if problems:
        raise InputError.of(problems)
    return found


def require_derived(variants: Sequence[Variant]) -> tuple[Variant, ...]:
    """`derived`. Raises InputError when there is none."""
    found = derived(variants)
    if not found:
        first = variants[0]
        raise InputError(
            f"{first.key}: the launch role is not derived; it is the existing role '{first.launch_role}'",
            hint="set launch_role: derived in the family's product.yaml to derive it",
        )
    return found


@dataclass(frozen=True, kw_only=True)
class PolicyRequest:
    """For whom policies are derived, and for which launch: without one, for every launch in every Region."""

    trust: Trust
    launch: str = ""
    region: str = "*"
    parameters: Mapping[str, str] = field(default_factory=dict)

    def scope(self, variant: Variant) -> Scope:
        """What a product's policies are narrowed to."""
        return replace(
            Scope.of(variant),
            for_=self.trust.name,
            stack=self.trust.stacks(self.launch),
            region=self.region,
            parameters=self.parameters,
        )

    def explained(
        self, rendered: Iterable[Rendered], action: str
    ) -> tuple[list[tuple[str, tuple[Need, ...]]], tuple[Problem, ...]]:
        """By product, what this action is needed for, and why that cannot be derived for others."""
        knowledge = Knowledge.load()

        def reasons(one: Rendered) -> tuple[str, tuple[Need, ...]]:
            return one.product, explain(
                needs(one.template, scope=self.scope(one.variant), knowledge=knowledge), action
            )

        return _each(rendered, reasons)

    def documents(
        self, rendered: Iterable[Rendered], *, partition: str, account_id: str
    ) -> tuple[list[dict[str, object]], tuple[Problem, ...]]:
        """The policies as IAM takes them, by product, role and name, and what is wrong."""
        knowledge = Knowledge.load()
        roles: list[LaunchRole] = []

        def policies(one: Rendered) -> list[dict[str, object]]:
            made = _derived(one, self.scope(one.variant), knowledge)
            roles.append(made)
            found = made.policies
            if 0 < self.trust.policies < len(found):
                raise InputError(
                    f"the policy for {self.trust.name} has {len(found)} documents of at most {POLICY_SIZE} "
                    f"characters; there can be {self.trust.policies}",
                    hint="split the template",
                )
            role = self.trust.role.replace("{product}", one.product)
            begin = role or f"{self.trust.name}-{one.product}"
            named = [(f"{begin}-{policy.number}", policy) for policy in found]
            # Where there is one document, the boundary is made by others.
            if made.boundary is not None and not self.trust.policies:
                named.append((boundary_name(made.name), made.boundary))
            return [
                {
                    "product": one.product,
                    "role": role,
                    "name": name,
                    "document": policy.resolved(partition=partition, account_id=account_id),
                }
                for name, policy in named
            ]

        rendered = tuple(rendered)
        found, problems = _each(rendered, policies)
        reasons = {role.product: role.administrator for role in roles}
        warnings = administrators(reasons, {it.product: it for it in rendered})
        return [document for documents in found for document in documents], (*problems, *warnings)
