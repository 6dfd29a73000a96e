"""Projects: create, describe, list, update and delete them; Service Catalog's part in them.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProject.html and its siblings.
"""

import json
import secrets
import string
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError
from moto.core.utils import utcnow
from moto.sagemaker.exceptions import ConflictException
from moto.sagemaker.models import SageMakerModelBackend
from moto.sagemaker.utils import arn_formatter

from catalog_emulator.acting import acting_as
from catalog_emulator.iam import Need
from catalog_emulator.iam.call_permissions import pass_role
from catalog_emulator.paging import page
from catalog_emulator.request_validation import InvalidRequest
from catalog_emulator.sagemaker.project import VERBS, Members, Progress, Project, Verb
from catalog_emulator.sagemaker.sources import LOCATION, CatalogProduct, Clients, S3Template, Source, reason

_ID = string.ascii_lowercase + string.digits
_SORTED_BY = {"Name": "name", "CreationTime": "creation_time"}


class Projects:
    """The operations for one caller. Refused requests are ValidationException, unless they say otherwise.

    It is also who calls through `clients`. `require` raises for what the caller may not do.
    """

    def __init__(
        self,
        backend: SageMakerModelBackend,
        clients: Clients,
        identity: Members,
        require: Callable[[Need], None],
    ) -> None:
        held = vars(backend)
        self._projects: dict[str, Project] = held.setdefault("projects", {})
        self._portfolio: dict[str, str] = held.setdefault("servicecatalog_portfolio", {})
        self._backend = backend
        self._clients = clients
        self._caller = {"IamIdentity": identity}
        self._require = require

    def create_project(
        self,
        *,
        project_name: str,
        project_description: str | None = None,
        service_catalog_provisioning_details: dict[str, Any] | None = None,
        template_providers: Sequence[Mapping[str, Any]] = (),
        tags: Sequence[dict[str, str]] = (),
    ) -> dict[str, Any]:
        """CreateProject: the project is made in the background; a product's refusal makes it CreateFailed."""
        known = self._projects.get(project_name)
        # Terraform's provider replaces a project by one of the same name.
        if known is not None and self._followed(known).status != "DeleteCompleted":
            raise InvalidRequest(f"Project {project_name} already exists.")
        template = _only_template(template_providers)
        if (service_catalog_provisioning_details is None) == (template is None):
            raise InvalidRequest(
                "Specify either ServiceCatalogProvisioningDetails or one of TemplateProviders."
            )
        where = self._backend.account_id, self._backend.region_name
        project = Project(
            name=project_name,
            id=f"p-{''.join(secrets.choice(_ID) for _ in range(12))}",
            arn=arn_formatter("project", project_name, *where),
            description=project_description,
            tags=list(tags),
            created_by=self._caller,
            service_catalog_provisioning_details=service_catalog_provisioning_details,
            template=template,
        )
        source = self._source(project)
        source.check(project.source)
        if "RoleARN" in project.source:
            self._require(pass_role(project.source["RoleARN"], "cloudformation.amazonaws.com"))
        self._projects[project_name] = project
        try:
            source.create(project)
        except ClientError as error:
            self._failed(project, "Create", error)
        else:
            self._start(project, "Create")
        return {"ProjectArn": project.arn, "ProjectId": project.id}

    def describe_project(self, *, project_name: str) -> Project:
        """DescribeProject."""
        return self._known(project_name)

    def list_projects(
        self,
        *,
        creation_time_after: Any = None,
        creation_time_before: Any = None,
        max_results: int = 100,
        name_contains: str = "",
        next_token: str | None = None,
        sort_by: str = "CreationTime",
        sort_order: str = "Ascending",
    ) -> dict[str, Any]:
        """ListProjects; deleted projects stay listed."""
        after, before = _time(creation_time_after), _time(creation_time_before)
        found = [
            self._followed(project)
            for project in self._projects.values()
            if name_contains in project.name
            and (after is None or project.creation_time.timestamp() > after)
            and (before is None or project.creation_time.timestamp() < before)
        ]
        found.sort(key=lambda one: getattr(one, _SORTED_BY[sort_by]), reverse=sort_order == "Descending")
        request = json.dumps([name_contains, after, before, sort_by, sort_order])
        try:
            shown, following = page(found, max_results, next_token, request)
        except ValueError:
            raise InvalidRequest(f"Invalid NextToken {next_token}") from None
        return {"ProjectSummaryList": shown, "NextToken": following}

    def update_project(
        self,
        *,
        project_name: str,
        project_description: str | None = None,
        service_catalog_provisioning_update_details: Mapping[str, Any] | None = None,
        template_providers_to_update: Sequence[Mapping[str, Any]] = (),
        tags: Sequence[dict[str, str]] = (),
    ) -> dict[str, Any]:
        """UpdateProject: members left out keep their value. ConflictException while an operation runs."""
        project = self._changeable(project_name, "update")
        template = _only_template(template_providers_to_update)
        change = service_catalog_provisioning_update_details if template is None else template
        fits = template is None if project.template is None else change is template
        if change is not None and not fits:
            raise InvalidRequest(f"Project {project_name} is not made from what the request updates.")
        if template is not None and template["TemplateName"] != project.source["TemplateName"]:
            raise InvalidRequest(f"Project {project_name} has no template {template['TemplateName']}.")
        source, tags_before = self._source(project), project.tags
        if change is not None or tags:
            new = {tag["Key"] for tag in tags}
            source.check({**project.source, **(change or {})})
            project.tags = [*(tag for tag in tags_before if tag["Key"] not in new), *tags]
            try:
                source.update(project, change or {})
            except ClientError as error:
                # Nothing has started, and the project stays as it was.
                project.tags = tags_before
                raise InvalidRequest(reason(error)) from None
            project.change = dict(change or {})
            self._start(project, "Update")
        else:
            project.set_status("Update", Progress(outcome="Completed", detail=project.detail))
        project.description = project.description if project_description is None else project_description
        return {"ProjectArn": project.arn}

    def delete_project(self, *, project_name: str) -> None:
        """DeleteProject, with what the project made. ConflictException while an operation runs."""
        project = self._changeable(project_name, "delete")
        if project.made is None:
            project.set_status("Delete", Progress(outcome="Completed", detail=project.detail))
            return
        try:
            self._source(project).delete(project)
        except ClientError as error:
            self._failed(project, "Delete", error)
        else:
            self._start(project, "Delete")

    def enable_sagemaker_servicecatalog_portfolio(self) -> None:
        """Sets the status only: SageMaker's own portfolio of templates is AWS's, and is not here."""
        self._portfolio["status"] = "Enabled"

    def disable_sagemaker_servicecatalog_portfolio(self) -> None:
        """The opposite."""
        self._portfolio["status"] = "Disabled"

    def get_sagemaker_servicecatalog_portfolio_status(self) -> dict[str, Any]:
        """Disabled until it is enabled."""
        return {"Status": self._portfolio.get("status", "Disabled")}

    def _source(self, project: Project) -> Source:
        if project.template is None:
            return CatalogProduct(self._clients)
        domains = self._backend.domains.values()
        locations = [tag["Value"] for one in domains for tag in one.tags or () if tag["Key"] == LOCATION]
        return S3Template(self._clients, self._backend.account_id, locations)

    def _known(self, name: str) -> Project:
        if name not in self._projects:
            raise InvalidRequest(f"Project {name} does not exist.")
        return self._followed(self._projects[name])

    def _changeable(self, name: str, verb: str) -> Project:
        project = self._known(name)
        refusal = f"Cannot {verb} Project in {project.status} status"
        if project.status == "DeleteCompleted":
            raise InvalidRequest(refusal)
        if project.status.endswith("InProgress"):
            raise ConflictException(refusal)
        project.last_modified_time, project.last_modified_by = utcnow(), self._caller
        return project

    def _start(self, project: Project, verb: Verb) -> None:
        project.set_status(verb, Progress(outcome="InProgress", detail="UNDER_CHANGE"))

    def _failed(self, project: Project, verb: Verb, error: ClientError) -> None:
        project.set_status(verb, Progress(outcome="Failed", detail=f"Client error: {reason(error)}"))

    def _followed(self, project: Project) -> Project:
        """The project, brought up to date with its running operation."""
        for verb in VERBS:
            if project.status == f"{verb}InProgress":
                # Whoever asks needs no permission for what the project made.
                with acting_as(""):
                    project.set_status(verb, self._source(project).progress(project, verb))
        return project


def _only_template(providers: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    found = [provider["CfnTemplateProvider"] for provider in providers if "CfnTemplateProvider" in provider]
    return found[0] if found else None


def _time(value: Any) -> float | None:
    """Seconds since 1970 of a timestamp in JSON."""
    if value is None or isinstance(value, int | float):
        return value
    try:
        return datetime.fromisoformat(value).timestamp()
    except ValueError:
        raise InvalidRequest(f"Invalid time {value}") from None
