output "cloud_init" {
  description = "The text, for reading."
  value       = local.cloud_init
}

output "user_data_base64" {
  description = "The same, compressed, as an instance takes it."
  value       = base64gzip(local.cloud_init)

  precondition {
    condition     = length(base64gzip(local.cloud_init)) <= 21844
    error_message = "User data may have 16 KiB, compressed; the rules have outgrown it."
  }
}
