import { AssociateResourceCommand, CreateApplicationCommand, ListApplicationsCommand, ServiceCatalogAppRegistryClient } from "@aws-sdk/client-service-catalog-appregistry";
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from "@aws-sdk/client-cloudformation";
import { readFile } from "node:fs/promises";
import assert from "node:assert";

const stacks = new CloudFormationClient();
const TemplateBody = await readFile("topic.yaml", "utf8");
await stacks.send(new CreateStackCommand({ StackName: "compat-app", TemplateBody }));
await waitUntilStackCreateComplete({ client: stacks, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StackName: "compat-app" });
const registry = new ServiceCatalogAppRegistryClient();
const { application } = await registry.send(new CreateApplicationCommand({ name: "compat-app", clientToken: "one" }));
assert(application.creationTime instanceof Date && Date.now() - application.creationTime < 60000);
await registry.send(
  new AssociateResourceCommand({ application: "compat-app", resourceType: "CFN_STACK", resource: "compat-app" }),
);
const { applications } = await registry.send(new ListApplicationsCommand({}));
assert.deepEqual(applications.map((one) => one.name), ["compat-app"]);
