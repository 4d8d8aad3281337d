output "role_arns" {
  description = "The roles, by what they are for."
  value       = { for name, role in aws_iam_role.this : name => role.arn }
}
