"""Prints what the pages of a catalog at the quota of a Region cost: seconds, and their largest files."""

from __future__ import annotations

import shutil
import tempfile
from functools import partial
from pathlib import Path

from publisher.cli import main
from tests.bench.rows import median, row, seconds
from tests.browser.conftest import chromium, launched_browser
from tests.conftest import ROOT

# With the other products of the repository these make 350.
_UNITS = [f"{tens}{ones}" for tens in "abc" for ones in range(10)][:28]
_OTHERS = ("ml-project-starter-*", "ml-project-professional-*", "account-blueprint-*", "sagemaker-model-*")
_TIMES = 5
_PORTFOLIO = """\
display_name: Part {part}
provider_name: ML Platform Team
regions: [us-west-2]
products:
  - product: {products}
    constraints: [{{type: LAUNCH}}]
"""


def project(root: Path) -> None:
    """The products of this repository, those of the enterprise once for each unit."""
    shutil.copytree(ROOT / "products", root / "products")
    shutil.rmtree(root / "products" / "sagemaker-deploy-role")
    file = root / "products" / "ml-project" / "product.yaml"
    text = file.read_text(encoding="utf-8")
    names = ", ".join(f'{it}: ", unit {it}"' for it in _UNITS)
    ssm = "    vpc_source: [ssm, direct]\n"
    for old, new in {
        '{vpc_source}"\n': '{vpc_source}{unit}"\n',
        "combinations:\n": f'  unit: {{none: "", {names}}}\ncombinations:\n',
        "    vpc_source: [none]\n": "    vpc_source: [none]\n    unit: [none]\n",
        ssm: f"{ssm}    unit: [{', '.join(_UNITS)}]\n",
    }.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    (file.parent / "launch.yaml").unlink()
    (root / "portfolio").mkdir()
    parts = [f"ml-project-enterprise-*-?{number}" for number in range(10)]
    for part, products in enumerate([*parts, *_OTHERS]):
        path = root / "portfolio" / f"part-{part}.yaml"
        path.write_text(_PORTFOLIO.format(part=part, products=products), encoding="utf-8")


def run() -> None:
    """Everything."""
    with tempfile.TemporaryDirectory() as folder:
        root, pages = Path(folder), Path(folder) / "pages"
        project(root)
        codes: list[int] = []
        whole = seconds(lambda: codes.append(main(["-C", folder, "--quiet", "report", "-o", str(pages)])))
        assert codes == [0]
        products = list((pages / "products").glob("*.html"))
        row(
            f"report of {len(products)} products", whole, "s", reference=f"{whole / len(products):.2f} s each"
        )
        for name, files in {
            "its largest page of a product": products,
            "its first page": [pages / "index.html"],
            "the index of its search": [pages / "search-index.js"],
        }.items():
            row(name, max(it.stat().st_size for it in files) / 1000, "KB")
        if chromium():
            with launched_browser() as browser:
                page = browser.new_page()
                row(
                    "its first page, opened",
                    median(_TIMES, partial(page.goto, (pages / "index.html").as_uri())),
                    "s",
                )


if __name__ == "__main__":
    run()
