# Repositories for the images. A tag is never moved, so what was tested is what runs, and what no
# longer runs is thrown away.

resource "aws_ecr_repository" "this" {
  # checkov:skip=CKV_AWS_136: ECR encrypts with its own key; the images hold nothing secret
  for_each = toset(var.names)

  name                 = each.key
  image_tag_mutability = "IMMUTABLE"
  force_delete         = var.force_delete

  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  for_each = aws_ecr_repository.this

  repository = each.value.name
  policy     = file("${path.module}/lifecycle-policy.json")
}
