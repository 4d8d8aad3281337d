# One application load balancer for all systems. A listener for each port; what a name leads to
# is a rule on the host header, which the system that is reached brings itself (module ecs_service,
# module prometheus). A request that no rule takes gets 404 from the load balancer.

locals {
  # Told apart from the certificate itself, of which the plan knows nothing before it is made.
  tls = var.https

  # With a certificate every listener speaks TLS, 443 joins them, and 80 only redirects there.
  listener_ports = local.tls ? setunion(var.ports, [443]) : var.ports
  forwarding     = { for port in local.listener_ports : tostring(port) => port if !(local.tls && port == 80) }

  # Ports that carry nothing but what is for administrators are not even open to others.
  open_cidrs = {
    for port in local.listener_ports : tostring(port) =>
    lookup(var.restricted_ports, tostring(port), var.public_cidrs)
  }
  openings = merge([
    for port, cidrs in local.open_cidrs : {
      for cidr in cidrs : "${port} from ${cidr}" => { port = tonumber(port), cidr = cidr }
    }
  ]...)
}

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-load-balancer-"
  description = "The load balancer: its listeners' ports"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-load-balancer" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "listener" {
  # checkov:skip=CKV_AWS_260: port 80 serves the page, or redirects to 443
  for_each = local.openings

  security_group_id = aws_security_group.this.id
  description       = "Port ${each.key}"
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
  cidr_ipv4         = each.value.cidr
}

# To targets in the VPC and nowhere else.
resource "aws_vpc_security_group_egress_rule" "targets" {
  security_group_id = aws_security_group.this.id
  description       = "Targets"
  ip_protocol       = "tcp"
  from_port         = 1024
  to_port           = 65535
  cidr_ipv4         = var.vpc_cidr
}

resource "aws_lb" "this" {
  # checkov:skip=CKV_AWS_91: access logs are on where access_log_retention_days is not 0, the default in production
  # checkov:skip=CKV_AWS_150: a variable, on in production; `terraform destroy` of staging should need no second try
  # checkov:skip=CKV2_AWS_28: a web application firewall does not look into photos and costs more than the rest; the service limits and refuses itself
  # checkov:skip=CKV2_AWS_20: port 80 redirects as soon as a certificate is wanted
  name               = var.name
  load_balancer_type = "application"
  internal           = false
  subnets            = var.subnet_ids
  security_groups    = [aws_security_group.this.id]

  # Shorter than the service's own idle limit (75 s), so that it is never the service that closes a
  # connection which the load balancer is about to use.
  idle_timeout               = 60
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "strictest"
  enable_deletion_protection = var.deletion_protection

  dynamic "access_logs" {
    for_each = aws_s3_bucket.logs[*].id
    content {
      bucket  = access_logs.value
      enabled = true
    }
  }

  depends_on = [aws_s3_bucket_policy.logs]
}

resource "aws_lb_listener" "this" {
  # checkov:skip=CKV_AWS_2: HTTPS wherever a certificate is wanted; the variable's default is plain HTTP
  # checkov:skip=CKV_AWS_103: the TLS policy below is for TLS 1.2 and 1.3 wherever a certificate is wanted
  for_each = local.forwarding

  load_balancer_arn = aws_lb.this.arn
  port              = each.value
  protocol          = local.tls ? "HTTPS" : "HTTP"
  certificate_arn   = local.tls ? var.certificate_arn : null
  ssl_policy        = local.tls ? "ELBSecurityPolicy-TLS13-1-2-2021-06" : null

  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      message_body = "Nothing is served under this name."
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener" "redirect" {
  count = local.tls ? 1 : 0

  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"
    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}

# Access logs: who called when, no bodies. They hold addresses, so they go after a while.
resource "aws_s3_bucket" "logs" {
  # checkov:skip=CKV_AWS_18: this is the bucket that logs go to
  # checkov:skip=CKV_AWS_144: access logs of one region need no copy in another
  # checkov:skip=CKV_AWS_145: load balancers can write only to buckets with S3's own keys
  # checkov:skip=CKV_AWS_21: logs are written once and expire
  # checkov:skip=CKV2_AWS_62: nothing waits for a log file
  count = var.access_log_retention_days > 0 ? 1 : 0

  bucket_prefix = "${substr(var.name, 0, 24)}-logs-"
  force_destroy = true
}

resource "aws_s3_bucket_public_access_block" "logs" {
  count = length(aws_s3_bucket.logs)

  bucket                  = aws_s3_bucket.logs[count.index].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  count = length(aws_s3_bucket.logs)

  bucket = aws_s3_bucket.logs[count.index].id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  count = length(aws_s3_bucket.logs)

  bucket = aws_s3_bucket.logs[count.index].id
  rule {
    id     = "expire"
    status = "Enabled"
    filter {}
    expiration {
      days = var.access_log_retention_days
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

data "aws_iam_policy_document" "logs" {
  count = length(aws_s3_bucket.logs)

  statement {
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.logs[count.index].arn}/AWSLogs/*"]
    principals {
      type        = "Service"
      identifiers = ["logdelivery.elasticloadbalancing.amazonaws.com"]
    }
  }

  statement {
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.logs[count.index].arn, "${aws_s3_bucket.logs[count.index].arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "logs" {
  count = length(aws_s3_bucket.logs)

  bucket = aws_s3_bucket.logs[count.index].id
  policy = data.aws_iam_policy_document.logs[count.index].json

  depends_on = [aws_s3_bucket_public_access_block.logs]
}
