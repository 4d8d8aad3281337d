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

variable "force_destroy" {
  description = "Let `terraform destroy` delete state and images with the places they are in."
  type        = bool
  default     = false
}
