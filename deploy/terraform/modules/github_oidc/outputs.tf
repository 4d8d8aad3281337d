output "role_arns" {
  description = "The roles, by what they are for."
  value       = { for name, role in aws_iam_role.this : name => role.arn }
}

output "permissions_boundary_arns" {
  description = "The boundary of each environment's roles, without which deployments may not make them."
  value       = { for environment, policy in aws_iam_policy.boundary : environment => policy.arn }
}
