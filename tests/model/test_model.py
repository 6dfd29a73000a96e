from __future__ import annotations

from publisher.model import Catalog, Resource, precedence, short_digest
from tests.conftest import cases
from tests.samples import association, digest, launch, ml, pattern, product, template, version


def test_versions_in_the_order_of_semver() -> None:
    """The examples of https://semver.org/#spec-item-11, and names that are no semantic versions."""
    names = [
        "latest",
        "v2",
        "0.9.0",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.9.0",
        "1.10.0",
        "2.0.0",
    ]
    assert sorted(reversed(names), key=precedence) == names


def test_build_metadata_does_not_count() -> None:
    assert precedence("1.0.0+a") == precedence("1.0.0+b")


@cases(
    ("whole", "short"),
    {
        "whole": (digest("a"), "sha256:aaaaaaaaaaaa"),
        "short already": ("sha256:aaaaaaaaaaaa", "sha256:aaaaaaaaaaaa"),
        "none": ("", ""),
    },
)
def test_short_digest(whole: str, short: str) -> None:
    assert short_digest(whole) == short


def test_keys_labels_and_requirements() -> None:
    resources: list[Resource] = [
        ml,
        product("studio"),
        version(),
        association(),
        launch(),
        template(),
        pattern,
    ]
    assert [(it.kind, it.key, it.label, it.requires) for it in resources] == [
        ("Portfolio", ("portfolio", "ml"), "ml", ()),
        ("Product", ("product", "studio"), "studio", ()),
        (
            "ProvisioningArtifact",
            ("provisioning-artifact", "studio", "1.0.0"),
            "studio 1.0.0",
            (("product", "studio"), ("stored-object", f"templates/{'a' * 64}.yaml")),
        ),
        (
            "ProductAssociation",
            ("product-association", "ml", "studio"),
            "ml / studio",
            (("portfolio", "ml"), ("product", "studio")),
        ),
        (
            "Constraint",
            ("constraint", "ml", "studio", "LAUNCH"),
            "ml / studio LAUNCH",
            (("product-association", "ml", "studio"),),
        ),
        (
            "Constraint",
            ("constraint", "ml", "studio", "TEMPLATE", "small-only"),
            "ml / studio TEMPLATE small-only",
            (("product-association", "ml", "studio"),),
        ),
        (
            "Principal",
            ("principal", "ml", "IAM_PATTERN", "arn:aws:iam:::role/ml-team-*"),
            "ml / IAM_PATTERN arn:aws:iam:::role/ml-team-*",
            (("portfolio", "ml"),),
        ),
    ]


def test_the_last_resource_of_a_key_counts() -> None:
    catalog = Catalog.of([launch(role="a"), launch(role="b")])
    assert list(catalog) == [launch(role="b")]
    assert launch().key in catalog
    assert ml.key not in catalog
