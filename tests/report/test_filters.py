"""The rules of CSS that hide what the filters do not leave."""

from __future__ import annotations

from publisher.report.filters import Choice, Facet, filter_rules


def test_a_rule_for_each_choice_for_products_without_the_axis_and_for_families() -> None:
    choices = tuple(Choice(value=it, label=it, count=1) for it in ("starter", "enterprise"))
    rules = filter_rules([Facet(axis="tier", choices=choices)], [{"f0-1"}, set()])
    assert rules.split("\n") == [
        "main:has(.f0:checked):not(:has(#f0-0:checked)) .product.f0-0{display:none}",
        "main:has(.f0:checked):not(:has(#f0-1:checked)) .product.f0-1{display:none}",
        "main:has(.f0:checked) .product:not(.f0-0):not(.f0-1){display:none}",
        "main:has(.f0:checked):not(:has(#f0-1:checked)) .family-0{display:none}",
        "main:has(.f0:checked) .family-1{display:none}",
    ]
    assert filter_rules([]) == ""
