"""The structure that the design asks for, held by tests."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.conftest import cases

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "publisher"

# What each room may import of the others, itself aside; a table in CONTRIBUTING.md says the same.
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "stopping": set(),
    "model": {"errors"},
    "documents": {"errors"},
    "aws": {"errors"},
    "rules": {"errors", "documents", "model", "aws"},
    "declarations": {"errors", "documents", "model", "aws", "rules"},
    "templates": {"errors", "documents", "model", "declarations", "rules"},
    "permissions": {"errors", "documents", "declarations", "templates"},
    "impact": {"errors", "documents", "declarations", "templates"},
    "planning": {"errors", "documents", "impact", "model", "stopping"},
    "catalog": {"errors", "documents", "model", "aws", "stopping"},
    "publishing": {
        "errors", "documents", "model", "aws", "declarations", "templates", "rules", "planning", "catalog",
        "impact", "stopping",
    },
    "adoption": {"errors", "documents", "model", "aws", "declarations", "planning", "catalog"},
    "launch": {
        "errors", "model", "documents", "aws", "declarations", "templates", "permissions", "impact",
        "stopping",
    },
    "bootstrap": {
        "errors", "model", "aws", "declarations", "templates", "permissions", "catalog", "stopping",
    },
    "pipeline": {"errors", "documents", "aws", "bootstrap", "declarations", "permissions"},
    "report": {
        "errors", "documents", "model", "declarations", "templates", "permissions", "rules", "launch",
        "impact", "planning",
    },
    "starter": {"errors", "documents", "aws", "declarations", "templates", "adoption", "pipeline", "report"},
}  # fmt: skip


EMULATOR = ROOT / "emulator" / "catalog_emulator"
# The same for the rooms of the emulator. Each may import the modules beside them, which import no room.
ALLOWED_EMULATOR: dict[str, set[str]] = {
    "codeconnections": set(),
    "faults": set(),
    "iam": set(),
    "sns": set(),
    "events": {"iam"},
    "cloudformation": {"events", "iam"},
    "servicecatalog": {"cloudformation", "iam"},
    "sagemaker": {"cloudformation", "events", "iam", "servicecatalog"},
    "server": {"cloudformation", "codeconnections", "faults", "iam", "servicecatalog", "sns"},
}
PACKAGES = [pytest.param(PACKAGE, id="publisher"), pytest.param(EMULATOR, id="emulator")]


@cache
def modules(package: Path = PACKAGE) -> tuple[tuple[Path, ast.Module], ...]:
    paths = sorted(package.rglob("*.py"))
    return tuple((path, ast.parse(path.read_text(encoding="utf-8"))) for path in paths)


def imported(tree: ast.AST) -> Iterator[str]:
    """The dotted names that are imported anywhere below."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(path: Path, package: Path = PACKAGE) -> str:
    return path.relative_to(package).parts[0].removesuffix(".py")


def test_imports_go_one_way() -> None:
    wrong = []
    for path, tree in modules():
        room = room_of(path)
        if room in {"cli", "__init__", "__main__"}:
            continue
        for name in imported(tree):
            words = name.split(".")
            if words[0] == "catalog_emulator":
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
            if words[0] == "publisher" and words[1] not in {room, *ALLOWED[room]}:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_imports_of_the_emulator_go_one_way() -> None:
    wrong = []
    for path, tree in modules(EMULATOR):
        room = room_of(path, EMULATOR)
        if room == "__init__":
            continue
        for name in imported(tree):
            words = name.split(".")
            to_a_room = words[0] == "catalog_emulator" and words[1] in ALLOWED_EMULATOR
            if words[0] == "publisher" or (
                to_a_room and words[1] not in {room, *ALLOWED_EMULATOR.get(room, ())}
            ):
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("package", PACKAGES)
def test_no_imports_in_a_circle(package: Path) -> None:
    """Those of functions and of TYPE_CHECKING aside, which run later or never."""
    trees = {
        ".".join(path.relative_to(package.parent).with_suffix("").parts): tree
        for path, tree in modules(package)
    }
    graph: dict[str, set[str]] = {}
    for name, tree in trees.items():
        found = {one for node in when_loaded(tree.body) for one in imported(node)}
        reached = {one if one in trees else one.rpartition(".")[0] for one in found}
        graph[name] = {one if one in trees else f"{one}.__init__" for one in reached} & trees.keys()
    TopologicalSorter(graph).prepare()


def when_loaded(nodes: Iterable[ast.AST]) -> Iterator[ast.Import | ast.ImportFrom]:
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif not (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
        ):
            yield from when_loaded(ast.iter_child_nodes(node))


def test_only_aws_imports_boto3() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path, tree in modules()
        if room_of(path) != "aws"
        and any(name.split(".")[0] in {"boto3", "botocore", "moto"} for name in imported(tree))
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_command_line_reads_the_environment_or_prints() -> None:
    pattern = re.compile(r"\bos\.(environ|getenv)\b|\bsys\.(stdout|stderr|stdin|exit)\b|\binput\(")
    wrong = [
        str(path.relative_to(ROOT))
        for path, _ in modules()
        if room_of(path) != "cli" and pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert not wrong, "\n".join(wrong)


def rows(heading: str) -> dict[str, list[str]]:
    """The rows of a table of CONTRIBUTING.md, by what stands in backquotes in their first cell."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.split(f"\n### {heading}\n")[1].partition("\n#")[0]
    cells = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return {name: row[1:] for row in cells for name in re.findall(r"`([^`]+)`", row[0])}


def folders(root: Path) -> set[str]:
    """The folders below that hold files under version control, from there."""
    listed = subprocess.run(["git", "ls-files", root], capture_output=True, text=True, check=True, cwd=ROOT)
    paths = [(ROOT / line).relative_to(root) for line in listed.stdout.splitlines()]
    return {f"{parent.as_posix()}/" for path in paths for parent in path.parents} - {"./"}


def test_the_tables_name_every_folder() -> None:
    assert rows("The root").keys() >= {it for it in folders(ROOT) if it.count("/") == 1 and it[0] != "."}
    # Its folders are those of new repositories.
    ours = {it for it in folders(PACKAGE) if not it.startswith("starter/repository/")}
    assert {it for it in rows("publisher/") if it.endswith("/")} == ours
    assert {it for it in rows("emulator/catalog_emulator/") if it.endswith("/")} == folders(EMULATOR)


def test_the_tables_name_the_allowed_imports() -> None:
    for heading, allowed in (("publisher/", ALLOWED), ("emulator/catalog_emulator/", ALLOWED_EMULATOR)):
        table = rows(heading)
        for room, others in allowed.items():
            name = f"{room}/" if f"{room}/" in table else f"{room}.py"
            assert set(table[name][1].split(", ")) - {"nothing"} == others, name


@cases(
    ("package", "mark", "most"),
    {
        "publisher, type: ignore": (PACKAGE, "# type: ignore", 1),
        "publisher, noqa": (PACKAGE, "# noqa", 0),
        "publisher, no cover": (PACKAGE, "pragma: no cover", 0),
        "emulator, type: ignore": (EMULATOR, "# type: ignore", 6),
        "emulator, noqa": (EMULATOR, "# noqa", 2),
        "emulator, no cover": (EMULATOR, "pragma: no cover", 0),
    },
)
def test_exceptions_to_the_rules_stay_few(package: Path, mark: str, most: int) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted(package.rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if mark in line
    ]
    assert len(found) <= most, found


@pytest.mark.slow
def test_tests_patch_none_of_our_own_names() -> None:
    """Clocks, clients and sleeps are passed in. Settings, and what others wrote, may be set."""
    wrong = []
    for path, tree in [*modules(ROOT / "tests"), *modules(ROOT / "emulator" / "tests")]:
        ours = {
            name.rpartition(".")[2]
            for name in imported(tree)
            if name.startswith(("publisher.", "catalog_emulator."))
        }
        for node in ast.walk(tree):
            if not (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "setattr"
            ):
                continue
            what = ast.unparse(node.args[0]).strip("'")
            if what.split(".")[0] in {"publisher", "catalog_emulator", *ours} - {"settings"}:
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} sets {what}")
    assert not wrong, "\n".join(wrong)


# Not pydantic: Typer itself takes it to read the words of a command line.
HEAVY = {
    "boto3", "botocore", "moto", "cfnlint", "cloudformation_validate", "graphlay", "jinja2", "yaml", "rich",
    "werkzeug",
}  # fmt: skip


@pytest.mark.slow
@cases("argv", {"validate": (["validate"]), "render": (["render", "ml-project-starter-s3"])})
def test_commands_over_files_import_neither_aws_nor_what_workers_do(argv: list[str]) -> None:
    heavy = HEAVY - {"yaml"}
    program = (
        "import sys; from publisher.cli import main; main(sys.argv[1:]);"
        f"print(sorted({heavy!r} & {{name.split('.')[0] for name in sys.modules}}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *argv], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert (done.stdout != "", done.stderr.strip()) == (True, "[]")


@cases(
    "argv",
    {
        "help": ["--help"],
        "help of a command": ["launch", "--help"],
        "help of pages": ["report", "--help"],
        "help of the endpoint": ["local", "start", "--help"],
        "version": ["--version"],
    },
)
def test_help_imports_nothing_heavy(argv: list[str]) -> None:
    program = (
        "import sys; from publisher.cli import main; main(sys.argv[1:]);"
        f"print(sorted({HEAVY!r} & {{name.split('.')[0] for name in sys.modules}}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *argv], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.lower().startswith(("usage: publisher ", "publisher "))
    assert done.stderr.strip() == "[]"


@pytest.mark.slow
def test_launching_and_planning_import_neither_jinja_nor_lint_nor_pages() -> None:
    """Workers evaluate forms and templates; what outputs mean is read without evaluating anything."""
    program = (
        "import sys; from pathlib import Path;"
        "from publisher.launch import by_form, outputs, permission_checks, preflight;"
        "from publisher.declarations import load;"
        "from publisher.declarations.form import form_of, read_forms; root = Path();"
        "read = by_form.read_request(sorted(root.glob('configs/*.yaml'))[0], 'x', root=root);"
        "permission_checks.require_permitted(*read, load(root, configs=False));"
        "form_of('ml-project-starter-s3', read_forms(root));"
        "from publisher.cli import catalog, local, plan_text;"
        "from publisher.publishing import desired_catalog, publication, rollout;"
        "heavy = {'jinja2', 'cfnlint', 'graphlay', 'moto', 'jsonschema', 'publisher.report.site'};"
        "print(heavy & {*sys.modules, *(name.split('.')[0] for name in sys.modules)})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "set()"


# What these read is shipped with the program.
SHIPPED = {
    "aws/translations.py",
    "bootstrap/templates.py",
    "cli/local.py",
    "declarations/form.py",
    "impact/resource_types.py",
    "launch/checks/quotas.py",
    "launch/idle_charges.py",
    "permissions/known_types.py",
    "permissions/stack_names.py",
    "permissions/trusts.py",
    "pipeline/buildspec.py",
    "pipeline/template.py",
    "report/diagram_graph.py",
    "report/launcher_rights.py",
    "starter/files.py",
    "templates/checks.py",
    "templates/resource_schemas.py",
}


def test_only_documents_opens_files() -> None:
    """There it is held that nothing waits for a pipe, takes a device for a file, or is led away by a link."""
    opens = {"open", "read_text", "read_bytes", "write_text", "write_bytes"}
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in modules()
        if room_of(path) != "documents" and path.relative_to(PACKAGE).as_posix() not in SHIPPED
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Name)
        and _last_name(node) in opens
        and ast.unparse(node) not in {"os.open", "tarfile.open"}
    ]
    assert not wrong, "\n".join(wrong)


def _last_name(node: ast.Attribute | ast.Name) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id
