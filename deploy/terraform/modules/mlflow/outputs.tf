output "security_group_id" {
  description = "The task's security group."
  value       = module.service.security_group_id
}

output "target_group_arn_suffix" {
  description = "The target group, as CloudWatch names it."
  value       = module.service.target_group_arn_suffix
}

output "log_group_name" {
  description = "Where the logs are."
  value       = module.service.log_group_name
}

output "file_system_id" {
  description = "The file system with database and artifacts."
  value       = aws_efs_file_system.this.id
}

output "admin_secret_arn" {
  description = "Where the password of user admin is."
  value       = aws_secretsmanager_secret.this["admin"].arn
}

output "reader_secret_arn" {
  description = "Where the password of user reader is, which may read and nothing else."
  value       = aws_secretsmanager_secret.this["reader"].arn
}
