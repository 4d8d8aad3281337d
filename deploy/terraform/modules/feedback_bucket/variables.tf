variable "stack_name" {
  description = "Prefix of the bucket's name."
  type        = string
}

variable "keep_days" {
  description = "Days after which a report is erased."
  type        = number

  validation {
    condition     = var.keep_days >= 1 && var.keep_days <= 3650
    error_message = "1 to 3650 days."
  }
}

variable "keep_crop_days" {
  description = "Days after which a crop is erased."
  type        = number

  validation {
    condition     = var.keep_crop_days >= 1 && var.keep_crop_days <= 3650
    error_message = "1 to 3650 days."
  }
}
