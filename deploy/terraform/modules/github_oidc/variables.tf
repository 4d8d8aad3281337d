variable "name" {
  description = "Prefix of every name, the same as the stacks'."
  type        = string
}

variable "repository" {
  description = "The repository on GitHub, as owner/name."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$", var.repository))
    error_message = "owner/name, without wildcards."
  }
}

variable "environments" {
  description = "Environments that may be deployed; each is a GitHub environment of the same name."
  type        = list(string)
  default     = ["staging", "production"]
}

variable "repository_arns" {
  description = "The ECR repositories."
  type        = list(string)
}

variable "state_bucket_arn" {
  description = "The bucket with Terraform's state."
  type        = string
}

variable "state_key_arn" {
  description = "The key that the state is encrypted with."
  type        = string
}

variable "regions" {
  description = "Regions that the environments may run in."
  type        = list(string)

  validation {
    condition     = length(var.regions) > 0
    error_message = "Give at least one region."
  }
}

variable "zone_arns" {
  description = "The public Route 53 zones that the environments' names go into."
  type        = list(string)

  validation {
    condition     = length(var.zone_arns) > 0
    error_message = "Give at least one zone; deployments keep their names in it."
  }
}
