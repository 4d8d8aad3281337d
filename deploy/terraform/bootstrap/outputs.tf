output "backend_hcl" {
  description = "For each environment's backend.hcl."
  value       = <<-HCL
    bucket     = "${aws_s3_bucket.state.bucket}"
    region     = "${var.region}"
    kms_key_id = "${aws_kms_key.state.arn}"
  HCL
}

output "repository_urls" {
  description = "Where to push images."
  value       = module.ecr.repository_urls
}

output "github_role_arns" {
  description = "Roles for the workflows: repository variables AWS_PUSH_ROLE, AWS_PLAN_ROLE, and AWS_DEPLOY_ROLE of each GitHub environment."
  value       = one(module.github_oidc[*].role_arns)
}

output "permissions_boundary_arns" {
  description = "For each environment's permissions_boundary_arn, where GitHub deploys."
  value       = one(module.github_oidc[*].permissions_boundary_arns)
}
