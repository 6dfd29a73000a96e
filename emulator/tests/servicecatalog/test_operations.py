from tests.servicecatalog.documented.operations import implemented, table


def test_operations_not_implemented() -> None:
    """The engines of EXTERNAL products report with these."""
    assert [name for name, here in implemented().items() if not here] == [
        "NotifyProvisionProductEngineWorkflowResult",
        "NotifyTerminateProvisionedProductEngineWorkflowResult",
        "NotifyUpdateProvisionedProductEngineWorkflowResult",
    ]


def test_table() -> None:
    lines = table().splitlines()
    assert lines[0] == "87 of 90 operations are implemented."
    page = "https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DeleteConstraint.html"
    assert f"| [DeleteConstraint]({page}) | yes | ResourceNotFound | InvalidParameters |" in lines
