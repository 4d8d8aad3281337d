# Redacting what lies in a bucket, beside the stack and independent of it: a network with a gateway endpoint for S3,
# and an AWS Batch array on Fargate Spot. docs/batch.md tells how it is used.

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Project   = "face-privacy"
      Part      = "batch"
      ManagedBy = "terraform"
    }
  }
}

data "aws_partition" "current" {}

locals {
  ecr_image = "^([0-9]{12})\\.dkr\\.ecr\\.([a-z0-9-]+)\\.amazonaws\\.com(?:\\.cn)?/([^:@]+)"
  repository_arn = can(regex(local.ecr_image, var.image)) ? format(
    "arn:%s:ecr:%s:%s:repository/%s", data.aws_partition.current.partition,
    regex(local.ecr_image, var.image)[1], regex(local.ecr_image, var.image)[0], regex(local.ecr_image, var.image)[2],
  ) : null
}

module "network" {
  source = "../modules/network"

  name = "${var.name}-batch"
  cidr = var.vpc_cidr

  permissions_boundary_arn = var.permissions_boundary_arn
}

module "batch_array" {
  source = "../modules/batch_array"

  name                 = var.name
  image                = var.image
  image_repository_arn = local.repository_arn
  raw                  = var.raw
  safe                 = var.safe
  job                  = var.job
  kms_key_arns         = var.kms_key_arns
  vpc_id               = module.network.vpc_id
  subnet_ids           = module.network.private_subnet_ids
  use_spot             = var.use_spot
  max_vcpus            = var.max_vcpus
  vcpus                = var.vcpus
  memory_mib           = var.memory_mib
  cpu_architecture     = var.cpu_architecture

  permissions_boundary_arn = var.permissions_boundary_arn
}
