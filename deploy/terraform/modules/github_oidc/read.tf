# What Terraform reads to compare the state with what is there: both for a pull request's plan and for a
# deployment. Nothing secret is among it: no secret's value, no log, no object but the state.

data "aws_iam_policy_document" "read" {
  # checkov:skip=CKV_AWS_356: descriptions and lists know no resource; nothing here changes or discloses anything
  statement {
    sid = "InTheRegion"
    actions = [
      "acm:DescribeCertificate", "acm:ListTagsForCertificate",
      "application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies",
      "application-autoscaling:ListTagsForResource",
      "cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource",
      "dlm:GetLifecyclePolicies", "dlm:GetLifecyclePolicy", "dlm:ListTagsForResource",
      "ec2:Describe*",
      "ecs:Describe*", "ecs:List*",
      "elasticfilesystem:Describe*", "elasticfilesystem:ListTagsForResource",
      "elasticloadbalancing:Describe*",
      "kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags",
      "logs:DescribeLogGroups", "logs:ListTagsForResource",
      "secretsmanager:GetRandomPassword",
      "servicediscovery:GetInstance", "servicediscovery:GetNamespace", "servicediscovery:GetOperation",
      "servicediscovery:GetService", "servicediscovery:ListInstances", "servicediscovery:ListNamespaces",
      "servicediscovery:ListServices", "servicediscovery:ListTagsForResource",
      "sns:GetSubscriptionAttributes",
    ]
    resources = ["*"]
    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = var.regions
    }
  }

  statement {
    sid       = "Zones"
    actions   = ["route53:GetChange", "route53:GetHostedZone", "route53:ListHostedZones", "route53:ListHostedZonesByName", "route53:ListResourceRecordSets", "route53:ListTagsForResource"]
    resources = ["*"]
  }

  statement {
    sid       = "NewestImage"
    actions   = ["ssm:GetParameter"]
    resources = ["${local.arn}:ssm:*::parameter/aws/service/ami-amazon-linux-latest/*"]
  }

  statement {
    sid       = "SecretsNotTheirValues"
    actions   = ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy", "secretsmanager:ListSecretVersionIds"]
    resources = [for stack in local.stacks : "${local.arn}:secretsmanager:*:${local.account}:secret:${stack}-*"]
  }

  statement {
    sid       = "Topics"
    actions   = ["sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource"]
    resources = [for stack in local.stacks : "${local.arn}:sns:*:${local.account}:${stack}-*"]
  }

  statement {
    sid = "Roles"
    actions = [
      "iam:GetInstanceProfile", "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies",
      "iam:ListInstanceProfileTags", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies", "iam:ListRoleTags",
    ]
    resources = flatten([for stack in local.stacks : [
      "${local.arn}:iam::${local.account}:role/${stack}-*", "${local.arn}:iam::${local.account}:instance-profile/${stack}-*",
    ]])
  }

  statement {
    sid = "Buckets"
    actions = [
      "s3:GetAccelerateConfiguration", "s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration",
      "s3:GetReplicationConfiguration", "s3:ListBucket", "s3:ListTagsForResource",
    ]
    resources = concat(values(local.log_buckets), values(local.feedback_buckets))
  }
}

resource "aws_iam_policy" "read" {
  name   = "${var.name}-github-read"
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_role_policy_attachment" "read" {
  for_each = toset([for name in keys(local.subjects) : name if name != "push"])

  role       = aws_iam_role.this[each.key].name
  policy_arn = aws_iam_policy.read.arn
}
