variable "names" {
  description = "Full names that the certificate covers."
  type        = list(string)

  validation {
    condition     = length(var.names) > 0
    error_message = "Give at least one name."
  }
}

variable "zone_id" {
  description = "The Route 53 zone in which the names are proved."
  type        = string
}
