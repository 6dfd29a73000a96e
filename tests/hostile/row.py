"""A hostile input: files to make in a small valid project, a command, and all that it prints.

The rows are data, in rows/*.yaml: name → fields of `Row`. A file is its text, or one of
    {repeat: text, times: n, before: text, after: text}    `{n}` in the text is the number of the copy
    {bytes: hex digits}
    {sparse: n}                                            so many zero bytes that take no space
    {link: target}    {fifo: true}    {socket: true}    {folder: true}    {unreadable: text}
Paths are relative to the project, which is the working folder of the command. Beside it is `outside/`, with
a file `secret` whose text nothing may print. In texts and commands `{top}` is the folder of both, and
`{long}` a name that is too long for a file.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from publisher.documents import parse

ROWS = Path(__file__).parent / "rows"
SECRET = "secret of another project"
LONG = "a" * 300
# One valid file of each kind; a row replaces some.
VALID = {
    "portfolio/shelf.yaml": "display_name: Shelf\nprovider_name: P\nregions: [us-west-2]\n"
    "products: [{product: app}, {product: jinja}]\n",
    "products/app/product.yaml": 'family: app\nversion: "1.0.0"\ndisplay_name: App\nowner: P\n'
    "template: main.yaml\n",
    "products/app/main.yaml": "Parameters: {Size: {Type: String}}\n"
    "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}\n",
    "products/jinja/product.yaml": 'family: jinja\nversion: "1.0.0"\ndisplay_name: Jinja\nowner: P\n'
    "template: template/main.yaml.j2\ncontent: {start: start}\n",
    "products/jinja/template/main.yaml.j2": "{% include 'part.j2' %}\n",
    "products/jinja/template/part.j2": "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}\n",
    "products/jinja/start/README.md": "hello\n",
    "configs/one.yaml": 'product: app\nname: one\naccount_id: "123456789012"\nregion: us-west-2\n'
    "parameters: {Size: small}\n",
    "configs/targets.yaml": 'targets: {here: {account_id: "123456789012", regions: [us-west-2]}}\n',
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """`before` are commands that must succeed first, `account`: in an account with a template bucket.

    `process`: as a process of its own, for what the console script does. `prints` is stdout, then stderr.
    """

    files: Mapping[str, Any] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    command: str
    account: bool = False
    process: bool = False
    exit: int = 2
    prints: str

    def project(self, top: Path) -> Path:
        """Makes the project and its neighbour."""
        root = top / "project"
        for path, text in {"../outside/secret": SECRET, **VALID, **self.files}.items():
            make(root / path, text, top)
        return root

    def argv(self, top: Path) -> list[str]:
        return shlex.split(filled(self.command, top))


def filled(text: str, top: Path) -> str:
    """A text of a row, as this run has it."""
    return text.replace("{top}", str(top)).replace("{long}", LONG)


def shown(printed: str, top: Path) -> str:
    """What was printed, as a row has it: without what a slow machine waits for."""
    lines = printed.splitlines(keepends=True)
    printed = "".join(line for line in lines if not line.startswith("waiting ("))
    return printed.replace(str(top), "{top}").replace(LONG, "{long}")


def rows() -> Iterator[tuple[str, Row]]:
    for path in sorted(ROWS.glob("*.yaml")):
        for name, values in parse(path.read_text(encoding="utf-8"), path=path.name).value.items():
            row = Row(**{**values, "before": tuple(values.get("before", ()))})
            yield f"{path.stem}: {name}", row


def make(path: Path, content: Any, top: Path) -> None:
    """Makes one file in the place of what is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file():
        path.unlink()
    match content:
        case str():
            path.write_text(filled(content, top), encoding="utf-8")
        case {"repeat": str(text), "times": int(times), **ends}:
            copies = (text.replace("{n}", str(n)) for n in range(times))
            body = "".join(copies) if "{n}" in text else text * times
            path.write_text(f"{ends.get('before', '')}{body}{ends.get('after', '')}", encoding="utf-8")
        case {"bytes": digits}:
            path.write_bytes(bytes.fromhex(digits))
        case {"sparse": size}:
            path.touch()
            os.truncate(path, size)
        case {"link": target}:
            path.symlink_to(filled(target, top))
        case {"fifo": True}:
            os.mkfifo(path)
        case {"socket": True}:
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(str(path))
        case {"folder": True}:
            path.mkdir(exist_ok=True)
        case {"unreadable": text}:
            path.write_text(text, encoding="utf-8")
            path.chmod(0)
        case _:
            raise AssertionError(content)


def snapshot(top: Path) -> dict[str, str]:
    """What is there, by path: the kind and content of each file."""
    return {path.relative_to(top).as_posix(): _shown(path) for path in sorted(top.rglob("*"))}


def _shown(path: Path) -> str:
    if path.is_symlink():
        return f"link {path.readlink()}"
    status = path.lstat()
    large = status.st_size > 1 << 27 or not status.st_mode & 0o400
    content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() and not large else ""
    return f"{status.st_mode:o} {status.st_size if path.is_file() else ''} {content}"
