# The most that any role of an environment can ever do, whatever its own policies say. A deployment can make
# roles and write their policies, so without this it could make one that may do everything: it is allowed
# to make and change only roles within this boundary (deploy.tf), and cannot change the boundary.

data "aws_iam_policy_document" "boundary" {
  # checkov:skip=CKV_AWS_356: a boundary grants nothing; these calls know no resource, or one that AWS names
  # checkov:skip=CKV_AWS_111: a boundary grants nothing
  # checkov:skip=CKV_AWS_108: a boundary grants nothing; the secrets are the environment's own
  for_each = local.stacks

  statement {
    sid       = "Images"
    actions   = ["ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = ["*"]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = ["${local.arn}:logs:*:${local.account}:log-group:/${each.value}/*"]
  }

  statement {
    sid       = "Secrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["${local.arn}:secretsmanager:*:${local.account}:secret:${each.value}-*"]
  }

  statement {
    sid       = "FileSystems"
    actions   = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
    resources = ["${local.arn}:elasticfilesystem:*:${local.account}:file-system/*"]
    dynamic "condition" {
      for_each = local.tags[each.key]
      content {
        test     = "StringEquals"
        variable = "aws:ResourceTag/${condition.key}"
        values   = [condition.value]
      }
    }
  }

  statement {
    sid       = "Corrections"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = ["${local.feedback_buckets[each.key]}/*"]
  }

  statement {
    sid       = "ListCorrections"
    actions   = ["s3:ListBucket"]
    resources = [local.feedback_buckets[each.key]]
  }

  statement {
    sid       = "Alerts"
    actions   = ["sns:Publish"]
    resources = ["${local.arn}:sns:*:${local.account}:${each.value}-*"]
  }

  statement {
    sid       = "Keys"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["${local.arn}:kms:*:${local.account}:key/*"]
    dynamic "condition" {
      for_each = local.tags[each.key]
      content {
        test     = "StringEquals"
        variable = "aws:ResourceTag/${condition.key}"
        values   = [condition.value]
      }
    }
  }

  # AmazonSSMManagedInstanceCore without reading parameters.
  statement {
    sid = "SessionManager"
    actions = [
      "ec2messages:AcknowledgeMessage", "ec2messages:DeleteMessage", "ec2messages:FailMessage", "ec2messages:GetEndpoint",
      "ec2messages:GetMessages", "ec2messages:SendReply",
      "ssm:DescribeAssociation", "ssm:DescribeDocument", "ssm:GetDeployablePatchSnapshotForInstance", "ssm:GetDocument",
      "ssm:GetManifest", "ssm:ListAssociations", "ssm:ListInstanceAssociations", "ssm:PutComplianceItems",
      "ssm:PutConfigurePackageResult", "ssm:PutInventory", "ssm:UpdateAssociationStatus",
      "ssm:UpdateInstanceAssociationStatus", "ssm:UpdateInstanceInformation",
      "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel",
      "ssmmessages:OpenDataChannel",
    ]
    resources = ["*"]
  }

  # What AWSDataLifecycleManagerServiceRole needs for daily snapshots of one volume.
  statement {
    sid       = "Snapshots"
    actions   = ["ec2:CreateSnapshot", "ec2:CreateSnapshots", "ec2:CreateTags", "ec2:DeleteSnapshot"]
    resources = ["${local.arn}:ec2:*::snapshot/*", "${local.arn}:ec2:*:${local.account}:volume/*", "${local.arn}:ec2:*:${local.account}:instance/*"]
  }

  statement {
    sid       = "Look"
    actions   = ["ec2:DescribeInstances", "ec2:DescribeSnapshots", "ec2:DescribeVolumes", "logs:DescribeLogGroups"]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "boundary" {
  for_each = local.stacks

  name        = "${each.value}-boundary"
  description = "The most that roles of ${each.value} can do"
  policy      = data.aws_iam_policy_document.boundary[each.key].json
}
