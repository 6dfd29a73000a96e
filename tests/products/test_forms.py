"""The launch forms of our families, and that the publisher knows nothing of them."""

from __future__ import annotations

import re

import pytest

from publisher.declarations.config import parse_config
from publisher.declarations.form import Form
from publisher.documents import parse
from publisher.launch.by_form import requests_of
from tests.conftest import ROOT
from tests.products.family import example, rendered, repository

REPOSITORY = repository()
# Words that are AWS's, or that the publisher uses for itself.
GENERIC = {
    "account_id", "client", "env", "environment", "mode", "private_dns", "region", "tier", "DashboardName",
    "workload", "Environment", "LogGroupName", "VpcId", "SubnetIds", "KmsKeyArn", "BucketName",
    "SecurityGroupId", "RouteTableIds", "Workload", "PermissionsBoundaryArn", "call_as", "sagemaker_project",
    "connection_arn",
}  # fmt: skip

# Parameters that only an account set up by others needs: `parameters` of configs set them.
WITHOUT_FIELD = {"PublisherBucket"}


def words_of(form: Form) -> set[str]:
    """The names of a family: its own, its fields, its parameters and outputs."""
    templates = [each.template for each in rendered().values() if each.family == form.family]
    fields = {part for path, _ in form.file.config.paths() for part in path.split(".")}
    named = {name for it in templates for part in ("Parameters", "Outputs") for name in it.get(part, {})}
    return {form.family, *fields, *named}


def test_the_publisher_names_no_family() -> None:
    words = {word for form in REPOSITORY.forms for word in words_of(form)} - GENERIC
    words |= {family.name for family in REPOSITORY.families}
    pattern = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, sorted(words)))})(?![\w-])")
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in sorted((ROOT / "publisher").rglob("*"))
        if path.suffix in {".py", ".yaml"}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for match in pattern.finditer(line)
    ]
    assert found == []


@pytest.mark.parametrize("product", [it.key for it in REPOSITORY.variants if it.family.name == "ml-project"])
def test_every_parameter_can_be_set(product: str) -> None:
    """By a field of the form, or by `parameters` of its configs; and by a generic config."""
    path, text = example(product)
    (form,) = (it for it in REPOSITORY.forms if it.family == rendered()[product].family)
    names = set(rendered()[product].template["Parameters"])
    axes = next(variant.axes for variant in REPOSITORY.variants if variant.key == product)
    by_form = {name for group in form.file.parameters if group.applies(axes) for name in group.values}
    others = names - by_form
    assert by_form <= names and others <= WITHOUT_FIELD
    text += f"parameters: {{{', '.join(f'{name}: x' for name in sorted(others))}}}\n"
    again, problems = parse_config(parse(text, path=path), REPOSITORY.forms)
    assert again is not None and problems == []
    found = requests_of([again])[0][path]
    assert {name: found.parameters[name] for name in others} == dict.fromkeys(others, "x")
    generic = (
        f'product: {product}\nname: x\naccount_id: "111111111111"\nregion: us-west-2\n'
        f"parameters: {{{', '.join(f'{name}: x' for name in sorted(names))}}}\n"
    )
    plain, problems = parse_config(parse(generic, path="configs/x.yaml"), REPOSITORY.forms)
    assert plain is not None and problems == []
    assert requests_of([plain])[0]["configs/x.yaml"].parameters == dict.fromkeys(names, "x")
