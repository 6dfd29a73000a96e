"""The macros that CloudFormation hosts: what a template is after they ran.

Loops and computed names of AWS::LanguageExtensions are in language_extensions.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-reference.html
"""

from collections.abc import Iterator
from copy import deepcopy
from functools import partial
from threading import Lock
from types import SimpleNamespace
from typing import Any, Final

from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template.document import Template, check_outline
from catalog_emulator.cloudformation.template.functions import evaluate
from catalog_emulator.cloudformation.template.graph import mapped, members
from catalog_emulator.cloudformation.template.language_extensions import LANGUAGE_EXTENSIONS, transforms
from catalog_emulator.cloudformation.template.scope import Scope, text_of

SERVERLESS: Final = "AWS::Serverless-2016-10-31"
_INCLUDE: Final = "AWS::Include"
_HOSTED = (_INCLUDE, LANGUAGE_EXTENSIONS, SERVERLESS)
_translating = Lock()


def check_macros(template: Template) -> None:
    """Raise ValidationError for macros that are not implemented; templates with them can still be read."""
    for macro in (*transforms(template), *_inner_transforms(template)):
        if macro not in _HOSTED:
            raise ValidationError(
                message=f"Transform {macro} is not implemented by this endpoint"
                if macro.startswith("AWS::")
                else f"No transform named {macro} found."
            )


def has_macros(template: Template) -> bool:
    """Whether a macro runs on the template, or inside it."""
    return bool(transforms(template)) or any(True for _ in _inner_transforms(template))


def include(template: Template, scope: Scope) -> Template:
    """The template with its snippets in their places.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html
    """
    if not has_macros(template):
        return template
    declared = template.get("Transform", [])
    listed = declared if isinstance(declared, list) else [declared]
    snippets = [one for one in listed if isinstance(one, dict) and one.get("Name") == _INCLUDE]
    found: dict[str, Any] = _included(template, scope)
    for one in snippets:
        for section, added in _snippet(scope, one).items():
            found[section] = found[section] | added if section in found else added
    if found != template:
        check_outline(found)
    return found


def serverless(template: Template, scope: Scope) -> Template:
    """The template with other resources in the place of those of AWS::Serverless, if it has that macro.

    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html
    """
    if SERVERLESS not in transforms(template):
        return template
    for name, resource in template["Resources"].items():
        place = (resource.get("Properties") or {}).get("Location")
        if resource.get("Type") == "AWS::Serverless::Application" and isinstance(place, dict):
            # The translator would call the Serverless Application Repository.
            raise _failed(
                f"Resource with id [{name}] is not implemented by this endpoint: an application of "
                "the Serverless Application Repository."
            )
    values = {**scope.parameters, **scope.environment.pseudo_values()}
    found = _translated(deepcopy(dict(template)), values, scope.environment.region)
    check_outline(found)
    return found


def _translated(template: dict[str, Any], values: dict[str, Any], region: str) -> dict[str, Any]:
    # Importing the translator takes a second.
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator
    from samtranslator.utils import py27hash_fix

    # So that generated logical ids end as they do on AWS.
    py27hash_fix.to_py27_compatible_template(template, values)
    with _translating:
        translator = Translator(None, Parser(), boto_session=SimpleNamespace(region_name=region))
        try:
            found: dict[str, Any] = translator.translate(template, values)
        except InvalidDocumentException as error:
            raise _failed(" ".join([error.message, *(cause.message for cause in error.causes)])) from None
        except Exception as error:  # The translator trips over some templates.
            raise _failed(f"Internal transform failure: {error}") from error
        finally:
            translator.metrics.publish()
    made: dict[str, Any] = py27hash_fix.undo_mark_unicode_str_in_template(found)
    return made


def _failed(reason: str) -> ValidationError:
    return ValidationError(message=f"Transform {SERVERLESS} failed with: {reason}")


def _included(node: Any, scope: Scope) -> Any:
    if not isinstance(node, dict) or "Fn::Transform" not in node:
        return mapped(node, partial(_included, scope=scope))
    others = {key: value for key, value in node.items() if key != "Fn::Transform"}
    found: dict[str, Any] = mapped(others, partial(_included, scope=scope))
    snippet = _snippet(scope, node["Fn::Transform"])
    if not found:
        return snippet
    if not isinstance(snippet, dict):
        raise ValidationError(message=f"Transform {_INCLUDE} failed with: The snippet must be an object.")
    return found | snippet


def _snippet(scope: Scope, macro: Any) -> Any:
    parameters = macro.get("Parameters") if isinstance(macro, dict) else None
    return scope.environment.included(text_of(evaluate(scope, (parameters or {}).get("Location", ""))))


def _inner_transforms(node: Any) -> Iterator[str]:
    """The macros that Fn::Transform names, at any depth."""
    for key, value in members(node):
        if key == "Fn::Transform":
            yield from transforms({"Transform": value})
