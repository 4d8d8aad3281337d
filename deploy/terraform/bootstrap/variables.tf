variable "region" {
  description = "The region of state and images."
  type        = string
}

variable "name" {
  description = "Name of the product, the same as the environments'."
  type        = string
  default     = "face-privacy"
}

variable "github_repository" {
  description = "The repository on GitHub, as owner/name, whose workflows may get in; none: no way in for GitHub."
  type        = string
  default     = null
}

variable "zone_names" {
  description = "The public Route 53 zones that the environments' names go into; needed where GitHub deploys."
  type        = set(string)
  default     = []

  validation {
    condition     = var.github_repository == null || length(var.zone_names) > 0
    error_message = "Workflows may change records in these zones only, so name at least one."
  }
}

variable "environment_regions" {
  description = "The regions that the environments run in; this one unless said."
  type        = list(string)
  default     = []
}

variable "force_destroy" {
  description = "Let `terraform destroy` delete state and images with the places they are in."
  type        = bool
  default     = false
}
