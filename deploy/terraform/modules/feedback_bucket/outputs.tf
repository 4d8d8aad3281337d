output "bucket" {
  description = "The bucket's name."
  value       = aws_s3_bucket.this.id
}

output "place" {
  description = "The bucket as the service's option --feedback takes it."
  value       = "s3://${aws_s3_bucket.this.id}/${local.prefix}"
}

output "task_policy" {
  description = "What a task needs: to read, write, delete and list reports, and no more."
  value       = data.aws_iam_policy_document.task.json
}
