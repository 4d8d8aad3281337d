output "job_queue_arn" {
  description = "For `aws batch submit-job --job-queue`."
  value       = aws_batch_job_queue.this.arn
}

output "job_definition_arn" {
  description = "For `aws batch submit-job --job-definition`."
  value       = aws_batch_job_definition.shard.arn
}

output "job_role_arn" {
  description = "What a job may do, for bucket policies."
  value       = aws_iam_role.job.arn
}

output "log_group" {
  description = "Where the logs are."
  value       = aws_cloudwatch_log_group.this.name
}
