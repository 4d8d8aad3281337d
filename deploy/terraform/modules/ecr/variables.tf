variable "names" {
  description = "Repository names."
  type        = list(string)
  default     = ["face-privacy/service", "face-privacy/page", "face-privacy/grafana"]
}

variable "force_delete" {
  description = "Delete a repository with the images in it."
  type        = bool
  default     = false
}
