# What a deployment may change: by each service's calls that Terraform makes for what the stack consists of, and
# only on what is the environment's own, told
#   by name    where the stack gives the name (clusters, logs, alarms, topics, secrets, roles, load balancer)
#   by tag     where AWS gives the name: Project and Environment, which the provider puts on all it makes
# What has no tag of any environment yet can be given ours, since AWS tags some things after it has made them;
# what has another's cannot. Four policies, since each may have 6,144 characters.

locals {
  # EC2, in layers: what one makes, the next is put into. A call that makes something has to tag it, and
  # has to put it into something of ours.
  ec2_makes = {
    First  = { calls = ["AllocateAddress", "CreateInternetGateway", "CreateVolume", "CreateVpc"], kinds = ["elastic-ip", "internet-gateway", "volume", "vpc"] }
    Second = { calls = ["CreateRouteTable", "CreateSecurityGroup", "CreateSubnet"], kinds = ["route-table", "security-group", "subnet"] }
    Third = {
      calls = ["AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress", "CreateFlowLogs", "CreateNatGateway", "CreateSnapshot", "CreateVpcEndpoint", "RunInstances"]
      kinds = ["instance", "natgateway", "security-group-rule", "vpc-endpoint", "vpc-flow-log"]
    }
  }
  # Snapshots and images belong to no account in their names.
  ec2_snapshots = "${local.arn}:ec2:*::snapshot/*"
}

# Network, instance, volume

data "aws_iam_policy_document" "deploy_ec2" {
  # checkov:skip=CKV_AWS_111: confined by tags, which the check does not count
  # checkov:skip=CKV_AWS_109: confined by tags, which the check does not count
  # checkov:skip=CKV_AWS_356: confined by tags and region, which the check does not count
  for_each = local.stacks

  dynamic "statement" {
    for_each = local.ec2_makes
    content {
      sid       = "Make${statement.key}"
      actions   = [for call in statement.value.calls : "ec2:${call}"]
      resources = concat([for kind in statement.value.kinds : "${local.arn}:ec2:*:${local.account}:${kind}/*"], statement.key == "Third" ? [local.ec2_snapshots] : [])
      dynamic "condition" {
        for_each = local.tags[each.key]
        content {
          test     = "StringEquals"
          variable = "aws:RequestTag/${condition.key}"
          values   = [condition.value]
        }
      }
      condition {
        test     = "StringEquals"
        variable = "aws:RequestedRegion"
        values   = var.regions
      }
    }
  }

  statement {
    sid = "Own"
    actions = [
      "ec2:AssociateIamInstanceProfile", "ec2:AssociateRouteTable", "ec2:AttachInternetGateway", "ec2:AttachVolume",
      "ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateFlowLogs", "ec2:CreateNatGateway",
      "ec2:CreateRoute", "ec2:CreateRouteTable", "ec2:CreateSecurityGroup", "ec2:CreateSnapshot", "ec2:CreateSubnet",
      "ec2:CreateTags", "ec2:CreateVpcEndpoint", "ec2:DeleteFlowLogs", "ec2:DeleteInternetGateway", "ec2:DeleteNatGateway",
      "ec2:DeleteRoute", "ec2:DeleteRouteTable", "ec2:DeleteSecurityGroup", "ec2:DeleteSubnet", "ec2:DeleteTags",
      "ec2:DeleteVolume", "ec2:DeleteVpc", "ec2:DeleteVpcEndpoints", "ec2:DetachInternetGateway", "ec2:DetachVolume",
      "ec2:DisassociateAddress", "ec2:DisassociateIamInstanceProfile", "ec2:DisassociateRouteTable",
      "ec2:ModifyInstanceAttribute", "ec2:ModifyInstanceCreditSpecification", "ec2:ModifyInstanceMaintenanceOptions",
      "ec2:ModifyInstanceMetadataOptions", "ec2:ModifySecurityGroupRules", "ec2:ModifySubnetAttribute", "ec2:ModifyVolume",
      "ec2:ModifyVpcAttribute", "ec2:ModifyVpcEndpoint", "ec2:MonitorInstances", "ec2:ReleaseAddress",
      "ec2:ReplaceIamInstanceProfileAssociation", "ec2:ReplaceRoute", "ec2:ReplaceRouteTableAssociation",
      "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress", "ec2:RunInstances", "ec2:StartInstances",
      "ec2:StopInstances", "ec2:TerminateInstances", "ec2:UnmonitorInstances",
    ]
    resources = ["*"]
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
    sid       = "TagWhatIsMade"
    actions   = ["ec2:CreateTags"]
    resources = ["${local.arn}:ec2:*:${local.account}:*/*", local.ec2_snapshots]
    condition {
      test     = "StringEquals"
      variable = "ec2:CreateAction"
      values   = flatten([for layer in local.ec2_makes : layer.calls])
    }
  }

  # The group that every VPC is born with, and the disk that an instance is.
  statement {
    sid       = "TagWhatCameAlong"
    actions   = ["ec2:CreateTags"]
    resources = ["${local.arn}:ec2:*:${local.account}:security-group/*", "${local.arn}:ec2:*:${local.account}:volume/*"]
    dynamic "condition" {
      for_each = local.tags[each.key]
      content {
        test     = "StringEquals"
        variable = "aws:RequestTag/${condition.key}"
        values   = [condition.value]
      }
    }
    condition {
      test     = "Null"
      variable = "aws:ResourceTag/Environment"
      values   = ["true"]
    }
  }

  # What belongs to something of ours and has no tags of its own: an instance's disk and network card, the
  # rules that a VPC's own group is born with.
  statement {
    sid       = "Within"
    actions   = ["ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress", "ec2:RunInstances"]
    resources = [for kind in ["network-interface", "security-group-rule", "volume"] : "${local.arn}:ec2:*:${local.account}:${kind}/*"]
    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = var.regions
    }
  }

  # Whichever snapshot is restored.
  statement {
    sid       = "Restore"
    actions   = ["ec2:CreateVolume"]
    resources = [local.ec2_snapshots]
  }

  statement {
    sid       = "AmazonsImages"
    actions   = ["ec2:RunInstances"]
    resources = ["${local.arn}:ec2:*::image/*"]
    condition {
      test     = "StringEquals"
      variable = "ec2:Owner"
      values   = ["amazon"]
    }
  }
}

# Tasks, load balancer, names inside the VPC, logs, alarms

data "aws_iam_policy_document" "deploy_tasks" {
  # checkov:skip=CKV_AWS_111: confined by tags, which the check does not count
  # checkov:skip=CKV_AWS_356: confined by tags and region, which the check does not count
  for_each = local.stacks

  statement {
    sid = "Make"
    actions = [
      "acm:RequestCertificate", "dlm:CreateLifecyclePolicy", "ecs:CreateCluster", "ecs:RegisterTaskDefinition",
      "elasticloadbalancing:CreateTargetGroup", "kms:CreateKey", "servicediscovery:CreatePrivateDnsNamespace",
      "servicediscovery:CreateService",
    ]
    resources = ["*"]
    dynamic "condition" {
      for_each = local.tags[each.key]
      content {
        test     = "StringEquals"
        variable = "aws:RequestTag/${condition.key}"
        values   = [condition.value]
      }
    }
    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = var.regions
    }
  }

  statement {
    sid = "TagWhatIsMade"
    actions = [
      "acm:AddTagsToCertificate", "application-autoscaling:TagResource", "dlm:TagResource",
      "elasticloadbalancing:AddTags", "kms:TagResource", "servicediscovery:TagResource",
    ]
    resources = ["*"]
    dynamic "condition" {
      for_each = local.tags[each.key]
      content {
        test     = "StringEquals"
        variable = "aws:RequestTag/${condition.key}"
        values   = [condition.value]
      }
    }
    condition {
      test     = "Null"
      variable = "aws:ResourceTag/Environment"
      values   = ["true"]
    }
  }

  statement {
    sid = "Own"
    actions = [
      "acm:AddTagsToCertificate", "acm:DeleteCertificate", "acm:RemoveTagsFromCertificate", "acm:UpdateCertificateOptions",
      "application-autoscaling:TagResource", "application-autoscaling:UntagResource",
      "dlm:DeleteLifecyclePolicy", "dlm:TagResource", "dlm:UntagResource", "dlm:UpdateLifecyclePolicy",
      "elasticloadbalancing:AddTags", "elasticloadbalancing:DeleteTargetGroup", "elasticloadbalancing:DeregisterTargets",
      "elasticloadbalancing:ModifyTargetGroup", "elasticloadbalancing:ModifyTargetGroupAttributes",
      "elasticloadbalancing:RegisterTargets", "elasticloadbalancing:RemoveTags",
      "kms:EnableKeyRotation", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource",
      "kms:UpdateKeyDescription",
      "servicediscovery:DeleteNamespace", "servicediscovery:DeleteService", "servicediscovery:DeregisterInstance",
      "servicediscovery:RegisterInstance", "servicediscovery:TagResource", "servicediscovery:UntagResource",
      "servicediscovery:UpdatePrivateDnsNamespace", "servicediscovery:UpdateService",
    ]
    resources = ["*"]
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
    sid = "LoadBalancer"
    actions = [
      "elasticloadbalancing:AddTags", "elasticloadbalancing:CreateListener", "elasticloadbalancing:CreateLoadBalancer",
      "elasticloadbalancing:CreateRule", "elasticloadbalancing:DeleteListener", "elasticloadbalancing:DeleteLoadBalancer",
      "elasticloadbalancing:DeleteRule", "elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyListenerAttributes",
      "elasticloadbalancing:ModifyLoadBalancerAttributes", "elasticloadbalancing:ModifyRule", "elasticloadbalancing:RemoveTags",
      "elasticloadbalancing:SetIpAddressType", "elasticloadbalancing:SetRulePriorities",
      "elasticloadbalancing:SetSecurityGroups", "elasticloadbalancing:SetSubnets",
    ]
    resources = [for kind in ["loadbalancer", "listener", "listener-rule"] : "${local.arn}:elasticloadbalancing:*:${local.account}:${kind}/app/${each.value}/*"]
  }

  statement {
    sid = "Cluster"
    actions = [
      "ecs:CreateService", "ecs:DeleteCluster", "ecs:DeleteService", "ecs:PutClusterCapacityProviders",
      "ecs:StopServiceDeployment", "ecs:TagResource", "ecs:UntagResource", "ecs:UpdateCluster", "ecs:UpdateService",
    ]
    resources = [for thing in ["cluster/${each.value}", "service/${each.value}/*", "service-deployment/${each.value}/*", "task-definition/${each.value}-*"] : "${local.arn}:ecs:*:${local.account}:${thing}"]
  }

  # AWS does not tell one task definition from another here; it only ends a version's use for new tasks.
  statement {
    sid       = "OldTaskDefinitions"
    actions   = ["ecs:DeregisterTaskDefinition"]
    resources = ["*"]
    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = var.regions
    }
  }

  statement {
    sid = "Scaling"
    actions = [
      "application-autoscaling:DeleteScalingPolicy", "application-autoscaling:DeregisterScalableTarget",
      "application-autoscaling:PutScalingPolicy", "application-autoscaling:RegisterScalableTarget",
    ]
    resources = ["*"]
    condition {
      test     = "StringEquals"
      variable = "application-autoscaling:service-namespace"
      values   = ["ecs"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = var.regions
    }
  }

  # The stack's alarms, and those that autoscaling makes in the caller's name.
  statement {
    sid       = "Alarms"
    actions   = ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource"]
    resources = [for alarm in ["${each.value}-*", "TargetTracking-service/${each.value}/*"] : "${local.arn}:cloudwatch:*:${local.account}:alarm:${alarm}"]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DeleteRetentionPolicy", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource"]
    resources = ["${local.arn}:logs:*:${local.account}:log-group:/${each.value}/*"]
  }
}

# MLflow's file system

data "aws_iam_policy_document" "deploy_files" {
  # checkov:skip=CKV_AWS_356: confined by tags and region, which the check does not count
  for_each = local.stacks

  statement {
    sid       = "Make"
    actions   = ["elasticfilesystem:CreateAccessPoint", "elasticfilesystem:CreateFileSystem", "elasticfilesystem:TagResource"]
    resources = ["*"]
    dynamic "condition" {
      for_each = local.tags[each.key]
      content {
        test     = "StringEquals"
        variable = "aws:RequestTag/${condition.key}"
        values   = [condition.value]
      }
    }
    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = var.regions
    }
  }

  statement {
    sid = "Own"
    actions = [
      "elasticfilesystem:CreateAccessPoint", "elasticfilesystem:CreateMountTarget", "elasticfilesystem:DeleteAccessPoint",
      "elasticfilesystem:DeleteFileSystem", "elasticfilesystem:DeleteFileSystemPolicy", "elasticfilesystem:DeleteMountTarget",
      "elasticfilesystem:ModifyMountTargetSecurityGroups", "elasticfilesystem:PutBackupPolicy",
      "elasticfilesystem:PutFileSystemPolicy", "elasticfilesystem:PutLifecycleConfiguration",
      "elasticfilesystem:TagResource", "elasticfilesystem:UntagResource", "elasticfilesystem:UpdateFileSystem",
    ]
    resources = [for kind in ["file-system", "access-point"] : "${local.arn}:elasticfilesystem:*:${local.account}:${kind}/*"]
    dynamic "condition" {
      for_each = local.tags[each.key]
      content {
        test     = "StringEquals"
        variable = "aws:ResourceTag/${condition.key}"
        values   = [condition.value]
      }
    }
  }

  # A mount target is a network card, which EFS makes and deletes in the caller's name.
  statement {
    sid       = "MountTargets"
    actions   = ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:ModifyNetworkInterfaceAttribute"]
    resources = ["*"]
    condition {
      test     = "ForAnyValue:StringEquals"
      variable = "aws:CalledVia"
      values   = ["elasticfilesystem.amazonaws.com"]
    }
  }

  statement {
    sid       = "ServiceLinkedRoles"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = ["${local.arn}:iam::${local.account}:role/aws-service-role/*"]
    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values   = ["backup.amazonaws.com", "elasticfilesystem.amazonaws.com"]
    }
  }
}

# Roles, names in the domain, secrets, topics, access logs

data "aws_iam_policy_document" "deploy_access" {
  # checkov:skip=CKV_AWS_356: a private zone has no name before it is made
  for_each = local.stacks

  statement {
    sid       = "MakeRoles"
    actions   = ["iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
    resources = ["${local.arn}:iam::${local.account}:role/${each.value}-*"]
    condition {
      test     = "StringEquals"
      variable = "iam:PermissionsBoundary"
      values   = [aws_iam_policy.boundary[each.key].arn]
    }
  }

  statement {
    sid = "Roles"
    actions = [
      "iam:AddRoleToInstanceProfile", "iam:CreateInstanceProfile", "iam:DeleteInstanceProfile", "iam:DeleteRole",
      "iam:RemoveRoleFromInstanceProfile", "iam:TagInstanceProfile", "iam:TagRole", "iam:UntagInstanceProfile",
      "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
    ]
    resources = [for kind in ["role", "instance-profile"] : "${local.arn}:iam::${local.account}:${kind}/${each.value}-*"]
  }

  statement {
    sid       = "HandOver"
    actions   = ["iam:PassRole"]
    resources = ["${local.arn}:iam::${local.account}:role/${each.value}-*"]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["dlm.amazonaws.com", "ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "vpc-flow-logs.amazonaws.com"]
    }
  }

  # AWS makes these for itself when the account first uses the service; "events" is for the alarm that
  # moves an instance off a failed machine.
  statement {
    sid       = "ServiceLinkedRoles"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = ["${local.arn}:iam::${local.account}:role/aws-service-role/*"]
    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values   = ["ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com", "elasticloadbalancing.amazonaws.com", "events.amazonaws.com"]
    }
  }

  # Addresses and proofs of certificates in the domain's zone; no mail, no delegation.
  statement {
    sid       = "NamesInTheDomain"
    actions   = ["route53:ChangeResourceRecordSets"]
    resources = var.zone_arns
    condition {
      test     = "ForAllValues:StringEquals"
      variable = "route53:ChangeResourceRecordSetsRecordTypes"
      values   = ["A", "CNAME"]
    }
  }

  # Cloud Map keeps its names in a private zone, which it makes, fills and deletes in the caller's name. The
  # zone has no name before; one with records in it cannot be deleted, and only these records can be changed.
  statement {
    sid       = "NamesInTheVpc"
    actions   = ["route53:ChangeResourceRecordSets"]
    resources = ["${local.arn}:route53:::hostedzone/*"]
    condition {
      test     = "ForAllValues:StringLike"
      variable = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
      values   = ["${each.value}.internal", "*.${each.value}.internal"]
    }
  }

  statement {
    sid       = "PrivateZone"
    actions   = ["route53:CreateHostedZone", "route53:DeleteHostedZone"]
    resources = ["*"]
  }

  statement {
    sid = "Secrets"
    actions = [
      "secretsmanager:CreateSecret", "secretsmanager:DeleteSecret", "secretsmanager:PutSecretValue", "secretsmanager:TagResource",
      "secretsmanager:UntagResource", "secretsmanager:UpdateSecret", "secretsmanager:UpdateSecretVersionStage",
    ]
    resources = ["${local.arn}:secretsmanager:*:${local.account}:secret:${each.value}-*"]
  }

  statement {
    sid       = "Topics"
    actions   = ["sns:CreateTopic", "sns:DeleteTopic", "sns:SetSubscriptionAttributes", "sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource", "sns:UntagResource"]
    resources = ["${local.arn}:sns:*:${local.account}:${each.value}-*"]
  }

  # AWS does not tell one subscription from another here.
  statement {
    sid       = "Unsubscribe"
    actions   = ["sns:Unsubscribe"]
    resources = ["*"]
    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = var.regions
    }
  }

  statement {
    sid = "Buckets"
    actions = [
      "s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:ListBucketVersions", "s3:PutBucketPolicy",
      "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration",
      "s3:TagResource", "s3:UntagResource",
    ]
    resources = [local.log_buckets[each.key], local.feedback_buckets[each.key]]
  }

  # A bucket goes only empty. Of the other, what people sent in is nothing that a deployment may erase.
  statement {
    sid       = "EmptyAccessLogs"
    actions   = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    resources = ["${local.log_buckets[each.key]}/*"]
  }
}

locals {
  deploy_policies = merge([
    for part, documents in {
      ec2    = data.aws_iam_policy_document.deploy_ec2
      tasks  = data.aws_iam_policy_document.deploy_tasks
      files  = data.aws_iam_policy_document.deploy_files
      access = data.aws_iam_policy_document.deploy_access
    } : { for environment in var.environments : "${environment}-${part}" => { environment = environment, json = documents[environment].json } }
  ]...)
}

resource "aws_iam_policy" "deploy" {
  for_each = local.deploy_policies

  name   = "${var.name}-github-deploy-${each.key}"
  policy = each.value.json
}

resource "aws_iam_role_policy_attachment" "deploy" {
  for_each = local.deploy_policies

  role       = aws_iam_role.this["deploy-${each.value.environment}"].name
  policy_arn = aws_iam_policy.deploy[each.key].arn
}
