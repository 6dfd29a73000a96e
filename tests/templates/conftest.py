from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from publisher.declarations import Variant, load
from publisher.templates.render import Rendered, render
from publisher.templates.result_cache import results
from publisher.templates.worker_process import Limits
from publisher.templates.workers import Workers

Project = Callable[..., tuple[Variant, ...]]
Rendering = Callable[..., Rendered]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Writes a project with one family, `fam`, and answers its products."""

    def make(
        files: Mapping[str, str],
        *,
        axes: Mapping[str, list[str]] | None = None,
        content: Mapping[str, Mapping[str, str]] | None = None,
        root: Path = tmp_path,
    ) -> tuple[Variant, ...]:
        folder = root / "products" / "fam"
        written = {f"template/{name}": text for name, text in files.items()}
        for name, members in (content or {}).items():
            written |= {f"content/{name}/{member}": text for member, text in members.items()}
        for name, text in written.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        declared = {
            "family": "fam",
            "version": "1.0.0",
            "display_name": " ".join(["Family", *(f"{{{axis}}}" for axis in axes or {})]),
            "owner": "us",
            "template": "template/main.yaml.j2",
            "axes": {axis: {value: value for value in values} for axis, values in (axes or {}).items()},
            "combinations": [axes] if axes else [],
            "content": {name: f"content/{name}" for name in content or {}},
        }
        (folder / "product.yaml").write_text(json.dumps(declared), encoding="utf-8")
        return load(root, configs=False).variants

    return make


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The folder of results of this test alone."""
    before, results.folder = results.folder, tmp_path / "cache" / "publisher"
    yield results.folder
    results.folder = before


@pytest.fixture(scope="session")
def quick() -> Iterator[Workers]:
    """Workers whose limits are soon met."""
    pool = Workers(count=1, limits=Limits(seconds=0.2, memory=400 << 20))
    yield pool
    pool.close()


@pytest.fixture
def rendering(project: Project) -> Rendering:
    """Renders the only product of a family whose main template this is."""

    def make(main: str, *, axes: Mapping[str, str] | None = None, **files: str) -> Rendered:
        others = {name.replace("__", "."): text for name, text in files.items()}
        chosen = {axis: [value] for axis, value in (axes or {}).items()}
        (variant,) = project({"main.yaml.j2": main, **others}, axes=chosen)
        return render(variant)

    return make
