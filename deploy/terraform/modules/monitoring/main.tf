# Where alerts go, and the alarms that Prometheus cannot give: on itself, and on what is in front of
# the tasks.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

# CloudWatch cannot publish to a topic under SNS's own key, since that key's policy cannot be changed.
data "aws_iam_policy_document" "key" {
  # checkov:skip=CKV_AWS_109: a key's policy names the key as *
  # checkov:skip=CKV_AWS_111: a key's policy names the key as *
  # checkov:skip=CKV_AWS_356: a key's policy names the key as *
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }

  statement {
    sid       = "CloudWatch"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"]
    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_kms_key" "alerts" {
  description             = "${var.stack_name} alerts"
  enable_key_rotation     = true
  deletion_window_in_days = 7
  policy                  = data.aws_iam_policy_document.key.json
}

resource "aws_sns_topic" "alerts" {
  name              = "${var.stack_name}-alerts"
  kms_master_key_id = aws_kms_key.alerts.arn
}

data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "CloudWatch"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alerts.arn]
    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_sns_topic_policy" "alerts" {
  arn    = aws_sns_topic.alerts.arn
  policy = data.aws_iam_policy_document.topic.json
}

resource "aws_sns_topic_subscription" "email" {
  for_each = var.alert_emails

  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "email"
  endpoint  = each.key
}

locals {
  actions = [aws_sns_topic.alerts.arn]
}

# A system without one healthy target: nobody is served.
resource "aws_cloudwatch_metric_alarm" "no_healthy_target" {
  for_each = var.target_groups

  alarm_name          = "${var.stack_name}-${each.key}-has-no-healthy-target"
  alarm_description   = "Nobody is served by ${each.key}. See docs/runbook.md#cloudwatch-no-healthy-target"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HealthyHostCount"
  statistic           = "Minimum"
  period              = 60
  evaluation_periods  = 5
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = local.actions
  ok_actions          = local.actions

  dimensions = {
    LoadBalancer = var.load_balancer_arn_suffix
    TargetGroup  = each.value
  }
}

# Errors that the load balancer gave itself: no target, or a target that cut the connection.
resource "aws_cloudwatch_metric_alarm" "load_balancer_errors" {
  alarm_name          = "${var.stack_name}-load-balancer-errors"
  alarm_description   = "The load balancer answers with 5xx itself. See docs/runbook.md#cloudwatch-load-balancer-errors"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HTTPCode_ELB_5XX_Count"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 10
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.actions
  ok_actions          = local.actions

  dimensions = {
    LoadBalancer = var.load_balancer_arn_suffix
  }
}

# Who watches the watchman: a failed machine under Prometheus' instance is replaced, and told.
resource "aws_cloudwatch_metric_alarm" "prometheus_system" {
  alarm_name          = "${var.stack_name}-prometheus-machine-failed"
  alarm_description   = "The machine under Prometheus failed and is being replaced. See docs/runbook.md#cloudwatch-prometheus-machine-failed"
  namespace           = "AWS/EC2"
  metric_name         = "StatusCheckFailed_System"
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "missing"
  alarm_actions       = concat(local.actions, ["arn:${data.aws_partition.current.partition}:automate:${var.region}:ec2:recover"])
  ok_actions          = local.actions

  dimensions = {
    InstanceId = var.prometheus_instance_id
  }
}
