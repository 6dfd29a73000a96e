"""A product for `show`: as a document, and as a page of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from publisher.cli.columns import Block, columns, separated
from publisher.declarations import Launch, Repository, Template, Variant
from publisher.declarations.portfolio import AnyConstraint
from publisher.declarations.portfolio_products import constraints_of
from publisher.declarations.studio_products import placed_products
from publisher.impact.resolution import named
from publisher.templates.interface import Interface, Parameter
from publisher.templates.render import Rendered


def document(
    repository: Repository, variant: Variant, rendered: Rendered, roots: Sequence[str] = ()
) -> dict[str, Any]:
    """Everything that people ask of a product, in plain values. `roots`: how the ARNs of roles begin."""
    interface = Interface.of(named(rendered.template))
    placed = variant.key in placed_products(repository)
    return {
        "product": variant.key,
        "display_name": variant.display_name,
        "description": variant.family.file.description.strip(),
        "family": variant.family.name,
        "version": variant.family.version,
        "digest": rendered.digest,
        "axes": dict(variant.axes),
        "launch_role": variant.launch_role,
        "deploy_roles": [f"{root}{variant.deploy_role}" for root in roots if placed],
        "parameters": [_parameter(parameter) for parameter in interface.parameters.values()],
        "resources": [
            {"name": name, "type": kind, "condition": interface.conditions.get(name)}
            for name, kind in interface.resources.items()
        ],
        "outputs": [
            {"name": name, "description": words, "condition": interface.conditions.get(name)}
            for name, words in interface.outputs.items()
        ],
        "ssm_parameters": list(interface.ssm_parameters),
        "words": dict(interface.words),
        "content": {content.name: content.key for content in rendered.content},
        "portfolios": [
            {
                "name": portfolio.name,
                "display_name": portfolio.display_name,
                "constraints": [
                    _constraint(constraint, variant)
                    for _, constraint in constraints_of(portfolio, variant.key)
                ],
            }
            for portfolio in repository.portfolios
            if variant in repository.variants_of(portfolio)
        ],
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "type": parameter.type,
        "default": parameter.default,
        "required": parameter.required,
        "description": parameter.description,
        "allowed_values": list(parameter.allowed_values),
        "allowed_pattern": parameter.allowed_pattern,
        "constraint_description": parameter.constraint_description,
        "group": parameter.group,
        "label": parameter.label,
    }


def _constraint(constraint: AnyConstraint, variant: Variant) -> dict[str, Any]:
    fields = constraint.model_dump(exclude_none=True)
    fields["description"] = constraint.description.strip()
    match constraint:
        case Launch(role_arn=None):
            fields["local_role_name"] = constraint.local_role_name or variant.launch_role
        case Template():
            fields["rules"] = {name: rule.section() for name, rule in constraint.rules.items()}
    return fields


def _subject(constraint: Mapping[str, Any]) -> str:
    """What a line of text says of a constraint."""
    match constraint["type"]:
        case "LAUNCH":
            return str(constraint.get("role_arn") or constraint["local_role_name"])
        case "NOTIFICATION":
            return f"{constraint['name']} {' '.join(constraint['notification_arns'])}"
        case "RESOURCE_UPDATE":
            return f"tag updates {constraint['tag_update_on_provisioned_product']}"
        case "STACKSET":
            return f"{len(constraint['account_list'])} accounts, {' '.join(constraint['region_list'])}"
    return str(constraint["name"])


def page(shown: Mapping[str, Any]) -> list[Block]:
    """The document as lines: a head, then a section for each subject."""
    head = [
        ("product", shown["product"]),
        ("name", shown["display_name"]),
        ("version", f"{shown['version']}  {shown['digest']}"),
        ("axes", " ".join(f"{axis}={value}" for axis, value in shown["axes"].items()) or "-"),
        ("launch role", shown["launch_role"]),
        *(("deploy role", arn) for arn in shown["deploy_roles"]),
    ]
    sections: dict[str, list[tuple[str, ...]]] = {
        "parameters": [_asked(each) for each in shown["parameters"]],
        "resources": [(each["name"], each["type"], _only_if(each)) for each in shown["resources"]],
        "outputs": [(each["name"], each["description"], _only_if(each)) for each in shown["outputs"]],
        "SSM parameters": [(name,) for name in shown["ssm_parameters"]],
        "words": [(word, f"is {meaning}") for word, meaning in shown["words"].items()],
        "content": list(shown["content"].items()),
        "constraints": list(_constraints(shown)),
    }
    filled = {f"{title} ({len(rows)})": rows for title, rows in sections.items() if rows}
    return separated(
        [columns(head), *([title, *columns(rows, indent="  ")] for title, rows in filled.items())]
    )


def _asked(parameter: Mapping[str, Any]) -> tuple[str, ...]:
    value = "required" if parameter["required"] else f"= {parameter['default'] or '(empty)'}"
    return (parameter["name"], parameter["type"], value, parameter["description"])


def _only_if(each: Mapping[str, Any]) -> str:
    return f"if {each['condition']}" if each["condition"] else ""


def _constraints(shown: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for portfolio in shown["portfolios"]:
        for constraint in portfolio["constraints"]:
            yield (
                portfolio["name"], constraint["type"], _subject(constraint), constraint["description"],
            )  # fmt: skip
