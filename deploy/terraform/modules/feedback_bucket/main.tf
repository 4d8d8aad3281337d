# Where all tasks of the service keep corrections that people send in (docs/feedback.md): a bucket that only they
# read and write, and in which erasing erases.

resource "aws_s3_bucket" "this" {
  # checkov:skip=CKV_AWS_18: an access log would hold the second in which each report came, which reports leave out
  # checkov:skip=CKV_AWS_144: a copy in another region would keep what is erased
  # checkov:skip=CKV_AWS_145: S3's own key; crops are sealed to the operator's key before they come here
  # checkov:skip=CKV_AWS_21: versions would keep what is erased; the service writes to no bucket that keeps them
  # checkov:skip=CKV2_AWS_62: nothing waits for a report
  bucket_prefix = "${substr(var.stack_name, 0, 24)}-corrections-"
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

# The service purges each hour; this does it where none runs. A day more, since it counts from another clock.
resource "aws_s3_bucket_lifecycle_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  dynamic "rule" {
    for_each = {
      reports     = var.keep_days + 1
      in-data-set = var.keep_days + 1
      crops       = var.keep_crop_days + 1
    }
    content {
      id     = rule.key
      status = "Enabled"
      filter {
        prefix = "${local.prefix}/${rule.key}/"
      }
      expiration {
        days = rule.value
      }
    }
  }

  rule {
    id     = "unfinished"
    status = "Enabled"
    filter {}
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

data "aws_iam_policy_document" "bucket" {
  statement {
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"]
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

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = data.aws_iam_policy_document.bucket.json

  depends_on = [aws_s3_bucket_public_access_block.this]
}

locals {
  prefix = "corrections"
}

data "aws_iam_policy_document" "task" {
  statement {
    sid       = "Reports"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = ["${aws_s3_bucket.this.arn}/${local.prefix}/*"]
  }

  statement {
    sid       = "ListReports"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.this.arn]
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${local.prefix}/*"]
    }
  }
}
