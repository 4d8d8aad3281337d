output "job_queue_arn" {
  description = "For `aws batch submit-job --job-queue`."
  value       = module.batch_array.job_queue_arn
}

output "job_definition_arn" {
  description = "For `aws batch submit-job --job-definition`."
  value       = module.batch_array.job_definition_arn
}

output "job_role_arn" {
  description = "What a job may do, for bucket policies."
  value       = module.batch_array.job_role_arn
}

output "log_group" {
  description = "Where the logs are."
  value       = module.batch_array.log_group
}
