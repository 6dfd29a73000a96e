"""The clients of `clients/`: what each needs, how it is installed, and what is run with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

FILES = Path(__file__).parent / "clients"
# Terraform's own places for providers, and where machines without a registry keep them.
_MIRRORS = (
    "~/.terraform.d/plugins", "~/.local/share/terraform/plugins", "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins", "/opt/*", "/srv/*",
)  # fmt: skip


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Scenario(_Written):
    """A shell script, and what it must print.

    It succeeds, unless it shows what is not supported: then it fails with these words.
    """

    name: str
    run: str
    prints: str = ""
    unsupported: str = ""
    # Whether it is in the tests, too.
    short: bool = False


class Client(_Written):
    """A file `clients/<key>/client.yaml`; `version` is a command whose first line says it."""

    key: str
    name: str
    version: str
    # Packages; a command on the PATH; a provider in a mirror's folder. All of them, if there are several.
    pip: tuple[str, ...] = ()
    npm: tuple[str, ...] = ()
    command: str = ""
    provider: str = ""
    # What else it is told, beside `publisher local env`; and what its section says before the table.
    environment: Mapping[str, str] = Field(default_factory=dict)
    note: str = ""
    scenarios: tuple[Scenario, ...]


def read_clients() -> tuple[Client, ...]:
    """All, by their names."""
    found = [
        Client(key=file.parent.name, **yaml.safe_load(file.read_text(encoding="utf-8")))
        for file in FILES.glob("*/client.yaml")
    ]
    return tuple(sorted(found, key=lambda client: client.name.lower()))


def find_mirror(provider: str, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The folder with `<registry's host>/<provider>`: TERRAFORM_MIRROR, or one of the usual places."""
    named = environ.get("TERRAFORM_MIRROR")
    for place in [named] if named else _MIRRORS:
        pattern = Path(place).expanduser() / "*" / provider
        for found in sorted(Path(pattern.anchor).glob(pattern.relative_to(pattern.anchor).as_posix())):
            return found.parents[len(Path(provider).parts)]
    return None


def missing(client: Client) -> str:
    """What this machine lacks for a client; empty if nothing."""
    for command in [*(["npm"] if client.npm else []), *([client.command] if client.command else [])]:
        if not shutil.which(command):
            return f"`{command}` is not on the PATH"
    if client.provider and not find_mirror(client.provider):
        return f"no provider mirror with {client.provider}; set TERRAFORM_MIRROR"
    return ""


def install(client: Client, folder: Path) -> list[Path]:
    """Installs the packages of a client once, in a folder; the folders of its commands."""
    bins = []
    for packages, installer, commands in (
        (client.pip, _install_pip, "venv/bin"),
        (client.npm, _install_npm, "node_modules/.bin"),
    ):
        if not packages:
            continue
        done = folder / f"{installer.__name__}.done"
        wanted = "\n".join(packages)
        if not done.is_file() or done.read_text(encoding="utf-8") != wanted:
            installer(packages, folder)
            done.write_text(wanted, encoding="utf-8")
        bins.append(folder / commands)
    return bins


def _install_pip(packages: tuple[str, ...], folder: Path) -> None:
    venv.create(folder / "venv", symlinks=True, clear=True)
    python = folder / "venv" / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "-qq", "--disable-pip-version-check")
    subprocess.run([*pip, "install", *packages], check=True)


def _install_npm(packages: tuple[str, ...], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text("{}", encoding="utf-8")
    npm = ("npm", "install", "--no-audit", "--no-fund", "--loglevel=error")
    subprocess.run([*npm, *packages], check=True, cwd=folder)
