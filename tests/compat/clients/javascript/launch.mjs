import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  AssociatePrincipalWithPortfolioCommand, AssociateProductWithPortfolioCommand, CreatePortfolioCommand,
  CreateProductCommand, DescribeRecordCommand, GetProvisionedProductOutputsCommand, ProvisionProductCommand,
  ServiceCatalogClient, TerminateProvisionedProductCommand, UpdateProvisionedProductCommand,
} from "@aws-sdk/client-service-catalog";
import { readFile } from "node:fs/promises";
import assert from "node:assert";

const s3 = new S3Client({ forcePathStyle: true });
const catalog = new ServiceCatalogClient();

async function finished({ RecordDetail }) {
  for (let tries = 0; tries < 50; tries += 1) {
    const { RecordDetail: now } = await catalog.send(new DescribeRecordCommand({ Id: RecordDetail.RecordId }));
    if (!["CREATED", "IN_PROGRESS"].includes(now.Status)) return assert.equal(now.Status, "SUCCEEDED");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.fail("not finished");
}

await s3.send(new CreateBucketCommand({ Bucket: "compat-js" }));
await s3.send(new PutObjectCommand({ Bucket: "compat-js", Key: "topic.yaml", Body: await readFile("topic.yaml") }));
const template = "https://compat-js.s3.us-west-2.amazonaws.com/topic.yaml";
const { PortfolioDetail } = await catalog.send(
  new CreatePortfolioCommand({ DisplayName: "compat-js", ProviderName: "compat" }),
);
assert(PortfolioDetail.CreatedTime instanceof Date);
const { ProductViewDetail, ProvisioningArtifactDetail } = await catalog.send(
  new CreateProductCommand({
    Name: "compat-js",
    Owner: "compat",
    ProductType: "CLOUD_FORMATION_TEMPLATE",
    ProvisioningArtifactParameters: {
      Name: "v1", Type: "CLOUD_FORMATION_TEMPLATE", Info: { LoadTemplateFromURL: template },
    },
  }),
);
const ProductId = ProductViewDetail.ProductViewSummary.ProductId;
await catalog.send(new AssociateProductWithPortfolioCommand({ ProductId, PortfolioId: PortfolioDetail.Id }));
await catalog.send(
  new AssociatePrincipalWithPortfolioCommand({
    PortfolioId: PortfolioDetail.Id, PrincipalType: "IAM_PATTERN", PrincipalARN: "arn:aws:iam:::user/publisher-*",
  }),
);
const launch = { ProvisionedProductName: "compat-js", ProductId, ProvisioningArtifactId: ProvisioningArtifactDetail.Id };
await finished(await catalog.send(new ProvisionProductCommand(launch)));
const { Outputs } = await catalog.send(
  new GetProvisionedProductOutputsCommand({ ProvisionedProductName: "compat-js" }),
);
assert(Outputs.some((output) => output.OutputKey === "TopicArn"));
assert(Outputs.some((output) => output.OutputKey === "CloudformationStackARN"));
await finished(
  await catalog.send(
    new UpdateProvisionedProductCommand({ ...launch, ProvisioningParameters: [{ Key: "Size", Value: "large" }] }),
  ),
);
await finished(
  await catalog.send(new TerminateProvisionedProductCommand({ ProvisionedProductName: "compat-js" })),
);
