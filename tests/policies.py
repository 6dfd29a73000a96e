"""Policy documents, as text, for roles that tests make."""

from __future__ import annotations

import json
from collections.abc import Mapping


def document(*statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allowing(*actions: str, on: str = "*") -> str:
    return document({"Effect": "Allow", "Action": actions, "Resource": on})


def denying(*actions: str) -> str:
    return document({"Effect": "Deny", "Action": actions, "Resource": "*"})


def trusting(**principal: object) -> str:
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
