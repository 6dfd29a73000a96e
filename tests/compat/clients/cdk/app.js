// A catalog, and a workload with assets and a bucket that empties itself. `-c grown=1` changes both.
const { App, CfnOutput, Duration, RemovalPolicy, Stack, Tags } = require("aws-cdk-lib");
const catalog = require("aws-cdk-lib/aws-servicecatalog");
const { Asset } = require("aws-cdk-lib/aws-s3-assets");
const iam = require("aws-cdk-lib/aws-iam");
const s3 = require("aws-cdk-lib/aws-s3");
const sns = require("aws-cdk-lib/aws-sns");
const sqs = require("aws-cdk-lib/aws-sqs");
const subscriptions = require("aws-cdk-lib/aws-sns-subscriptions");
const ssm = require("aws-cdk-lib/aws-ssm");
const path = require("path");

const app = new App();
const grown = app.node.tryGetContext("grown") !== undefined;

class QueueProduct extends catalog.ProductStack {
  constructor(scope, id) {
    super(scope, id);
    new CfnOutput(this, "QueueArn", { value: new sqs.Queue(this, "Queue").queueArn });
  }
}

class Catalog extends Stack {
  constructor(scope, id) {
    super(scope, id);
    const topicTemplate = catalog.CloudFormationTemplate.fromAsset(path.join(__dirname, "topic.yaml"));
    const queue = new catalog.CloudFormationProduct(this, "Queue", {
      productName: "compat-queue",
      owner: "compat",
      productVersions: [
        {
          productVersionName: "v1",
          cloudFormationTemplate: catalog.CloudFormationTemplate.fromProductStack(new QueueProduct(this, "QueueV1")),
        },
      ],
    });
    const topic = new catalog.CloudFormationProduct(this, "Topic", {
      productName: "compat-topic",
      owner: "compat",
      productVersions: [
        { productVersionName: "v1", cloudFormationTemplate: topicTemplate },
        ...(grown ? [{ productVersionName: "v2", cloudFormationTemplate: topicTemplate }] : []),
      ],
      tagOptions: new catalog.TagOptions(this, "Stages", { allowedValuesForTags: { stage: ["dev", "prod"] } }),
    });
    const portfolio = new catalog.Portfolio(this, "Portfolio", {
      displayName: "compat-cdk",
      providerName: "compat",
      description: grown ? "grown" : "small",
    });
    portfolio.addProduct(queue);
    portfolio.addProduct(topic);
    const team = new iam.Role(this, "Team", { assumedBy: new iam.AccountRootPrincipal() });
    const launch = new iam.Role(this, "Launch", {
      assumedBy: new iam.ServicePrincipal("servicecatalog.amazonaws.com"),
    });
    portfolio.giveAccessToRole(team);
    portfolio.setLaunchRole(topic, launch);
    portfolio.constrainCloudFormationParameters(topic, {
      rule: {
        ruleName: "ShortNames",
        assertions: [{ assert: { "Fn::Contains": [["small", "large"], { Ref: "Size" }] }, description: "small or large" }],
      },
    });
    portfolio.notifyOnStackEvents(queue, new sns.Topic(this, "Events"));
    portfolio.shareWithAccount("222222222222");
    new CfnOutput(this, "PortfolioId", { value: portfolio.portfolioId });
  }
}

class Workload extends Stack {
  constructor(scope, id) {
    super(scope, id);
    const bucket = new s3.Bucket(this, "Data", {
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
      versioned: true,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
    });
    const settings = new Asset(this, "Settings", { path: path.join(__dirname, "topic.yaml") });
    const topic = new sns.Topic(this, "Events");
    topic.addSubscription(
      new subscriptions.SqsSubscription(
        new sqs.Queue(this, "Queue", { visibilityTimeout: Duration.seconds(grown ? 60 : 30) }),
      ),
    );
    new ssm.StringParameter(this, "Url", { parameterName: "/compat/settings", stringValue: settings.s3ObjectUrl });
    new CfnOutput(this, "Bucket", { value: bucket.bucketName });
    Tags.of(this).add("made-by", "cdk");
  }
}

new Catalog(app, "compat-catalog");
new Workload(app, "compat-workload");
