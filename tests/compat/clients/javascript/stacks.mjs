import {
  CloudFormationClient, CreateStackCommand, DeleteStackCommand, paginateDescribeStackEvents, paginateListStacks,
  waitUntilStackCreateComplete, waitUntilStackDeleteComplete,
} from "@aws-sdk/client-cloudformation";
import { readFile } from "node:fs/promises";
import assert from "node:assert";

const client = new CloudFormationClient();
const waiter = { client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 };
const TemplateBody = await readFile("topic.yaml", "utf8");
const { StackId } = await client.send(new CreateStackCommand({ StackName: "compat-js", TemplateBody }));
await waitUntilStackCreateComplete(waiter, { StackName: StackId });
const names = [];
for await (const page of paginateListStacks({ client }, {})) names.push(...page.StackSummaries.map((one) => one.StackName));
assert(names.includes("compat-js"));
const events = [];
for await (const page of paginateDescribeStackEvents({ client }, { StackName: StackId })) events.push(...page.StackEvents);
assert.equal(events.at(0).ResourceStatus, "CREATE_COMPLETE");
assert(events.at(0).Timestamp instanceof Date);
await client.send(new DeleteStackCommand({ StackName: StackId }));
await waitUntilStackDeleteComplete(waiter, { StackName: StackId });
