"""The operations of Service Catalog that are implemented, and the documented errors of each.

docs/service-catalog-operations.md has this table; tests hold that both are true.
"""

from collections.abc import Mapping

from moto.core.utils import get_service_model

from catalog_emulator.servicecatalog.backend import operations

MIGRATION = "TagOptionNotMigratedException"

# Errors that the model lists and that cannot occur here.
_ELSEWHERE = "every wrong value has another error"
NEVER: Mapping[tuple[str, str], str] = {
    ("AssociateBudgetWithResource", "InvalidParametersException"): _ELSEWHERE,
    ("AssociateTagOptionWithResource", "InvalidParametersException"): _ELSEWHERE,
    ("AssociateTagOptionWithResource", "InvalidStateException"): "no state of a TagOption forbids it",
    ("DeleteConstraint", "InvalidParametersException"): _ELSEWHERE,
    ("DeletePortfolio", "InvalidParametersException"): _ELSEWHERE,
    ("DeleteProduct", "InvalidParametersException"): _ELSEWHERE,
    ("DeleteProvisioningArtifact", "InvalidParametersException"): _ELSEWHERE,
    ("DescribeProductView", "InvalidParametersException"): _ELSEWHERE,
    ("DisassociatePrincipalFromPortfolio", "InvalidParametersException"): "what is wrong is not associated",
    ("DisassociateProductFromPortfolio", "InvalidParametersException"): _ELSEWHERE,
    ("ListProvisioningArtifacts", "InvalidParametersException"): "there are no pages",
    ("UpdateProvisioningArtifact", "InvalidParametersException"): _ELSEWHERE,
    ("UpdateTagOption", "InvalidParametersException"): _ELSEWHERE,
}


def implemented() -> dict[str, bool]:
    """Every operation of the service model by name, and whether it is implemented."""
    names = get_service_model("servicecatalog").operation_names
    return {name: name in operations() for name in sorted(names)}


def documented_errors(operation: str) -> list[str]:
    """The errors that the service model lists for an operation and that can occur here."""
    shapes = get_service_model("servicecatalog").operation_model(operation).error_shapes
    return sorted(
        shape.name for shape in shapes if shape.name != MIGRATION and (operation, shape.name) not in NEVER
    )


def table() -> str:
    """The table of the page, and the count above it."""
    all_operations = implemented()
    lines = [
        f"{sum(all_operations.values())} of {len(all_operations)} operations are implemented.",
        "",
        "| operation | implemented | documented errors that occur | documented errors that cannot occur |",
        "|---|---|---|---|",
    ]
    for name, here in all_operations.items():
        errors = [_short(error) for error in documented_errors(name)] if here else []
        never = [_short(error) for operation, error in NEVER if operation == name]
        lines.append(
            f"| [{name}](https://docs.aws.amazon.com/servicecatalog/latest/dg/API_{name}.html) "
            f"| {'yes' if here else '**no**'} | {', '.join(errors)} | {', '.join(never)} |"
        )
    return "\n".join(lines)


def _short(error: str) -> str:
    return error.removesuffix("Exception")
