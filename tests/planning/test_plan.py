from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import InputError, Problem, Refused, Where
from publisher.model import Catalog, Principal, Resource, Unmanaged
from publisher.planning.changes import Change, Create, Delete, Finish, Update, subjects
from publisher.planning.plan import plan
from tests.conftest import cases, raising
from tests.samples import (
    LINE,
    STACK_SET,
    TARGET,
    association,
    digest,
    launch,
    ml,
    pattern,
    planned,
    product,
    template,
    version,
    whole,
)

studio = product("studio")
seen = replace(version(), digest=version().short_digest)
somebody = Principal(portfolio="ml", principal_arn="arn:aws:iam::1:role/x", principal_type="IAM")


@cases(
    ("desired", "observed", "changes"),
    {
        "nothing": ([], [], []),
        "new portfolio": ([ml], [], [Create(ml), Finish(ml)]),
        "equal": ([ml], [ml], []),
        "all new, parents first, those who may launch last": (
            [pattern, launch(), template(), association(), version(), studio, ml],
            [],
            [
                Create(ml),
                Create(studio, includes=(version(),)),
                Create(association()),
                Create(launch()),
                Create(template()),
                Create(pattern),
                Finish(ml),
            ],
        ),
        "a product and its version together, products by name": (
            [product("b"), version("b"), product("a"), version("a")],
            [],
            [Create(product(name), includes=(version(name),)) for name in "ab"],
        ),
        "changed portfolio": (
            [replace(ml, description="Some.")],
            [ml],
            [Update(ml, replace(ml, description="Some."))],
        ),
        "a pattern expands access": ([ml, pattern], [ml], [Create(pattern, needs="principal-pattern")]),
        "one more role does not": ([ml, somebody], [ml], [Create(somebody)]),
        "another launch role, in place": (
            [ml, launch(role="b")],
            [ml, launch(role="a")],
            [Update(launch(role="a"), launch(role="b"), needs="launch-role")],
        ),
        "another role of a stack set": (
            [ml, replace(STACK_SET, admin_role="b")],
            [ml, STACK_SET],
            [Update(STACK_SET, replace(STACK_SET, admin_role="b"), needs="launch-role")],
        ),
        "one more account of a stack set": (
            [ml, replace(STACK_SET, account_list=("1", "2", "3"))],
            [ml, STACK_SET],
            [
                Update(
                    STACK_SET,
                    replace(STACK_SET, account_list=("1", "2", "3")),
                    needs="launch-role",
                )
            ],
        ),
        "one more Region of a stack set": (
            [ml, replace(STACK_SET, region_list=("us-west-2", "eu-west-1"))],
            [ml, STACK_SET],
            [
                Update(
                    STACK_SET, replace(STACK_SET, region_list=("us-west-2", "eu-west-1")), needs="launch-role"
                )
            ],
        ),
        "control of a stack set": (
            [ml, replace(STACK_SET, stack_instance_control="ALLOWED")],
            [ml, STACK_SET],
            [Update(STACK_SET, replace(STACK_SET, stack_instance_control="ALLOWED"), needs="launch-role")],
        ),
        "one account less of a stack set": (
            [ml, replace(STACK_SET, account_list=())],
            [ml, STACK_SET],
            [Update(STACK_SET, replace(STACK_SET, account_list=()), needs=None)],
        ),
        "a stack set in place of a launch role": (
            [ml, STACK_SET],
            [ml, launch()],
            [Update(launch(), STACK_SET, needs="launch-role")],
        ),
        "another description expands nothing": (
            [ml, replace(launch(), description="Why.")],
            [ml, launch()],
            [Update(launch(), replace(launch(), description="Why."))],
        ),
        "a constraint that failed is tried again": (
            [ml, launch()],
            [ml, replace(launch(), status="FAILED")],
            [Update(replace(launch(), status="FAILED"), launch())],
        ),
        "other rules, in place": (
            [ml, template(rules="{}")],
            [ml, template()],
            [Update(template(), template(rules="{}"))],
        ),
    },
)
def test_plan(desired: list[Resource], observed: list[Resource], changes: list[Change]) -> None:
    assert list(planned(desired, observed).changes) == changes


@cases(
    ("desired", "observed", "changes"),
    {
        "what is missing": ([ml, pattern], [ml], [Create(pattern), Finish(ml)]),
        "another launch role": (
            [ml, launch(role="b")],
            [ml, launch(role="a")],
            [Update(launch(role="a"), launch(role="b")), Finish(ml)],
        ),
        "its own fields first": (
            [replace(ml, description="")],
            [ml],
            [Update(ml, replace(ml, description="")), Finish(replace(ml, description=""))],
        ),
        "after it has left the files": ([], [ml], []),
    },
)
def test_an_unfinished_portfolio_is_finished(
    desired: list[Resource], observed: list[Resource], changes: list[Change]
) -> None:
    there = replace(Catalog.of(observed), unfinished=frozenset({ml.key}))
    assert list(plan(Catalog.of(desired), there, target=TARGET).changes) == changes


@cases(
    ("desired", "published", "changes"),
    {
        "published": (version(), [seen], []),
        "same content keeps the version it has": (version(number="1.1.0"), [seen], []),
        "other content": (
            version(number="1.1.0", letter="b"),
            [seen],
            [Create(version(number="1.1.0", letter="b"))],
        ),
        "ten is more than nine": (
            version(number="1.10.0", letter="c"),
            [seen, version(number="1.9.0", letter="b")],
            [Create(version(number="1.10.0", letter="c"))],
        ),
        "back to older content, as a new version": (
            version(number="1.2.0"),
            [seen, version(number="1.1.0", letter="b")],
            [Create(version(number="1.2.0"))],
        ),
        "back to older content, after the newer was taken out of use": (
            version(),
            [seen, version(number="1.1.0", letter="b", active=False)],
            [],
        ),
        "inactive": (version(), [replace(seen, active=False)], [Update(replace(seen, active=False), seen)]),
        "deprecated": (
            version(),
            [replace(seen, guidance="DEPRECATED")],
            [Update(replace(seen, guidance="DEPRECATED"), seen)],
        ),
        "the text of a published version stays": (version(), [replace(seen, description="by hand")], []),
        "an unmanaged version": (
            version(),
            [replace(version(number="draft"), digest="")],
            [Create(version())],
        ),
    },
)
def test_versions(desired: Resource, published: list[Resource], changes: list[Change]) -> None:
    assert list(planned([studio, desired], [studio, *published]).changes) == changes


@cases(
    ("desired", "published", "rule", "message"),
    {
        "other content": (
            version(letter="b"),
            [seen],
            "P601",
            "version '1.0.0' is already published with other content: studio",
        ),
        "inactive, with other content": (
            version(letter="b"),
            [replace(seen, active=False)],
            "P601",
            "version '1.0.0' is already published with other content: studio",
        ),
        "unmanaged": (
            version(letter="b"),
            [replace(seen, digest="")],
            "P601",
            "version '1.0.0' is already published with other content: studio",
        ),
        "backwards": (
            version(number="0.9.0", letter="b"),
            [seen],
            "P602",
            "version '0.9.0' is lower than the published '1.0.0': studio",
        ),
        "a release candidate after the release": (
            version(number="1.0.0-rc.1", letter="b"),
            [seen],
            "P602",
            "version '1.0.0-rc.1' is lower than the published '1.0.0': studio",
        ),
        "an older state of the files": (
            version(number="0.9.0"),
            [version(number="0.9.0"), version(letter="b")],
            "P602",
            "version '0.9.0' is lower than the published '1.0.0': studio",
        ),
    },
)
def test_version_conflicts(desired: Resource, published: list[Resource], rule: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        planned([studio, desired], [studio, *published])
    assert raised.value.problems == (
        Problem(
            rule=rule,
            where=LINE,
            message=message,
            hint="a published version never changes; raise version above 1.0.0",
            products=("studio",),
        ),
    )


def test_products_that_clash_at_one_line_are_one_problem() -> None:
    names = ["studio", "notebook"]
    products: list[Resource] = [product(name) for name in names]
    desired = products + [version(name, letter="b") for name in names]
    observed = products + [version(name) for name in names]
    with pytest.raises(InputError) as raised:
        planned(desired, observed)
    assert [problem.message for problem in raised.value.problems] == [
        "version '1.0.0' is already published with other content: notebook and 1 more"
    ]


def test_a_clash_without_a_known_line_names_the_file() -> None:
    with pytest.raises(InputError) as raised:
        plan(Catalog.of([studio, version(letter="b")]), Catalog.of([studio, version()]), target=TARGET)
    assert raised.value.problems[0].where == Where(path="products/studio/product.yaml")


def test_a_product_without_a_version() -> None:
    with pytest.raises(InputError, match="product 'studio' has no version"):
        planned([studio], [])


@cases(
    ("allowed", "message", "hint"),
    {
        "nothing": (
            [],
            f"{TARGET}: Constraint ml / studio LAUNCH needs --allow launch-role, and 1 more",
            "nothing was written; if this is intended, add --allow launch-role --allow principal-pattern",
        ),
        "one of two": (
            ["launch-role"],
            f"{TARGET}: Principal ml / IAM_PATTERN {pattern.principal_arn} needs --allow principal-pattern",
            "nothing was written; if this is intended, add --allow principal-pattern",
        ),
    },
)
def test_access_expansion_is_refused(allowed: list[str], message: str, hint: str) -> None:
    result = planned([ml, launch(role="b"), pattern], [ml, launch(role="a")])
    with raising(Refused, message, hint):
        result.refuse_unallowed(allowed)


def test_allowed_access_expansion() -> None:
    planned([ml, launch(role="b"), pattern], [ml, launch(role="a")]).refuse_unallowed(
        ["launch-role", "principal-pattern"]
    )


def test_the_document_of_a_plan() -> None:
    theirs = Unmanaged(portfolio="ml", kind="product", id="prod-x", name="X")
    result = plan(Catalog.of([ml]), Catalog({somebody.key: somebody}, unmanaged=(theirs,)), target=TARGET)
    assert result.document() == {
        "target": TARGET,
        "digest": result.digest,
        "changes": [
            {
                "action": "create",
                "resource": "Portfolio",
                "key": ["portfolio", "ml"],
                "before": {},
                "after": asdict(ml) | {"tags": {"team": "a"}},
                "needs": None,
                "includes": [],
            },
            {
                "action": "update",
                "resource": "Portfolio",
                "key": ["portfolio", "ml"],
                "before": {"unfinished": True},
                "after": {"unfinished": False},
                "needs": None,
                "includes": [],
            },
        ],
        "template_changes": [],
        "uncompared": [],
        "kept": [{"resource": "Principal", "key": list(somebody.key), "used_by": []}],
        "unmanaged": [{"portfolio": "ml", "kind": "product", "id": "prod-x", "name": "X"}],
        "iam_unread": False,
        "duplicates": [],
        "unpublished": [],
        "held_up": [],
        "blocked": None,
        "left": [],
        "missing": [],
        "unknown": [],
        "roles": [],
        "desired_digest": result.desired_digest,
        "observed_digest": result.observed_digest,
    }


def test_the_digest_covers_target_and_content() -> None:
    digests = {
        planned([ml], []).digest,
        planned([replace(ml, description="")], []).digest,
        plan(Catalog.of([ml]), Catalog(), target="222222222222/us-west-2").digest,
        planned([studio, version()], []).digest,
        planned([studio, replace(version(), digest=digest("b"))], []).digest,
    }
    assert len(digests) == 5


@given(st.permutations(list(whole("studio", "notebook"))))
def test_the_order_of_resources_does_not_matter(resources: list[Resource]) -> None:
    desired = Catalog.of(resources)
    assert plan(desired, Catalog(), target=TARGET) == plan(
        whole("studio", "notebook"), Catalog(), target=TARGET
    )
    assert plan(desired, desired, target=TARGET).changes == ()


@given(st.sets(st.sampled_from(["a", "b", "c"])), st.sets(st.sampled_from(["a", "b", "c"])))
def test_a_plan_without_prune_deletes_nothing(desired: set[str], observed: set[str]) -> None:
    result = plan(whole(*desired), whole(*observed), target=TARGET)
    assert {it.label for change in result.changes for it in subjects(change)} == {
        it.label for it in whole(*(desired - observed)) if it.key not in whole(*observed)
    }
    assert not any(isinstance(change, Delete | Update) for change in result.changes)
    kinds = {it.resource.kind for it in result.kept}
    assert not kinds & {"Constraint", "ProductAssociation"}
