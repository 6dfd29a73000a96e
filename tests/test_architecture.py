"""The structure that the design asks for, held by tests."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "publisher"

# What each room may import of the others, itself aside; a table in CONTRIBUTING.md says the same.
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "model": {"errors"},
    "documents": {"errors"},
    "aws": {"errors"},
    "rules": {"errors", "documents", "model", "aws"},
    "declarations": {"errors", "documents", "model", "aws", "rules"},
    "templates": {"errors", "documents", "model", "declarations", "rules"},
    "permissions": {"errors", "documents", "declarations", "templates"},
    "planning": {"errors", "documents", "model"},
    "catalog": {"errors", "documents", "model", "aws"},
    "publishing": {
        "errors", "documents", "model", "aws", "declarations", "templates", "rules", "planning", "catalog",
    },
    "adoption": {"errors", "documents", "model", "aws", "declarations", "planning", "catalog"},
    "launch": {"errors", "model", "documents", "aws", "declarations"},
    "bootstrap": {"errors", "aws", "templates", "permissions"},
    "report": {"errors", "documents", "model", "declarations", "templates", "permissions", "rules"},
}  # fmt: skip


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_imports_go_one_way() -> None:
    wrong = []
    for path, tree in modules():
        part = part_of(path)
        if part in {"cli", "__init__"}:
            continue
        for name in imported(tree):
            words = name.split(".")
            if words[0] == "catalog_emulator":
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
            if words[0] == "publisher" and len(words) > 1 and words[1] not in {part, *ALLOWED[part]}:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_only_aws_imports_boto3() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path, tree in modules()
        if part_of(path) != "aws"
        and any(name.split(".")[0] in {"boto3", "botocore", "moto"} for name in imported(tree))
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_command_line_reads_the_environment_or_prints() -> None:
    pattern = re.compile(r"\bos\.(environ|getenv)\b|\bsys\.(stdout|stderr|stdin|exit)\b|\binput\(")
    wrong = [
        str(path.relative_to(ROOT))
        for path, _ in modules()
        if part_of(path) != "cli" and pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("mark", "most"),
    [
        pytest.param("# type: ignore", 12, id="type: ignore"),
        pytest.param("# noqa", 4, id="noqa"),
        pytest.param("pragma: no cover", 0, id="pragma: no cover"),
    ],
)
def test_exceptions_to_the_rules_stay_few(mark: str, most: int) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if mark in line
    ]
    assert len(found) <= most, found


# Not pydantic: Typer itself takes it to read the words of a command line.
HEAVY = {"boto3", "botocore", "moto", "cfnlint", "jinja2", "yaml", "rich", "werkzeug"}


@pytest.mark.parametrize(
    "argv", [pytest.param(["--help"], id="help"), pytest.param(["launch", "--help"], id="help of a command")]
)
def test_help_imports_nothing_heavy(argv: list[str]) -> None:
    program = (
        "import sys; from publisher.cli import main; main(sys.argv[1:]);"
        f"print(sorted({HEAVY!r} & {{name.split('.')[0] for name in sys.modules}}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *argv], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.startswith("Usage: publisher")
    assert done.stderr.strip() == "[]"
