output "security_group_id" {
  description = "The tasks' security group."
  value       = aws_security_group.this.id
}

output "service_name" {
  description = "The ECS service."
  value       = aws_ecs_service.this.name
}

output "target_group_arn_suffix" {
  description = "The target group, as CloudWatch names it."
  value       = aws_lb_target_group.this.arn_suffix
}

output "log_group_name" {
  description = "Where the logs are."
  value       = aws_cloudwatch_log_group.this.name
}

output "execution_role_arn" {
  description = "The role that starts tasks."
  value       = aws_iam_role.execution.arn
}

output "task_role_arn" {
  description = "The role that tasks run as."
  value       = aws_iam_role.task.arn
}
