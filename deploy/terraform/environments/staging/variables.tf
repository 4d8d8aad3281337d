variable "region" {
  description = "The region to run in."
  type        = string
}

variable "domain" {
  description = "The domain under which api, www, prometheus, grafana and mlflow are."
  type        = string
}

variable "zone_name" {
  description = "The public Route 53 zone that the names go into; the domain itself unless said."
  type        = string
  default     = null
}

variable "https" {
  description = "Have ACM issue a certificate: all listeners speak TLS, 80 redirects. Otherwise plain HTTP."
  type        = bool
  default     = false
}

variable "prometheus_allowed_cidrs" {
  description = "Who may reach Prometheus from outside. Nobody, unless said: it has no login."
  type        = list(string)
  default     = []
}

variable "grafana_allowed_cidrs" {
  description = "Who may reach Grafana's login from outside. Nobody, unless said."
  type        = list(string)
  default     = []
}

variable "alert_emails" {
  description = "Who gets alerts by e-mail."
  type        = set(string)
  default     = []
}

variable "service_image" {
  description = "The model service's image with its tag or digest."
  type        = string
}

variable "page_image" {
  description = "The page's image with its tag or digest."
  type        = string
}

variable "grafana_image" {
  description = "The Grafana image with the dashboards, with its tag or digest."
  type        = string
}

variable "grafana_password_version" {
  description = "Raise it for a new administrator's password."
  type        = number
  default     = 1
}

variable "feedback_enabled" {
  description = "Take corrections that people send in, and keep them in a bucket (docs/feedback.md)."
  type        = bool
  default     = false
}

variable "feedback_days" {
  description = "Days after which a report of corrections is erased."
  type        = number
  default     = 365
}

variable "feedback_crop_days" {
  description = "Days after which a crop in one is erased."
  type        = number
  default     = 90
}

variable "feedback_crop_public_key" {
  description = "Also take crops, sealed to this key: the text of the .pub that `face-privacy feedback key new` writes."
  type        = string
  default     = ""
}

variable "mlflow_enabled" {
  description = "Also run MLflow, at mlflow.<domain>:5000."
  type        = bool
  default     = false
}

variable "mlflow_image" {
  description = "The MLflow image with its tag or digest, where it is wanted."
  type        = string
  default     = null
}

variable "mlflow_allowed_cidrs" {
  description = "Who may reach MLflow's login from outside. Nobody, unless said."
  type        = list(string)
  default     = []
}

variable "mlflow_password_version" {
  description = "Raise it for new passwords of MLflow's users."
  type        = number
  default     = 1
}

variable "weights" {
  description = "With whose weights faces are found: research, those of InsightFace, for non-commercial research only, or permissive, under MIT (docs/detection.md)."
  type        = string
  default     = "research"
}

variable "mlflow_model" {
  description = "Weights that the service asks MLflow for when a task starts, such as models:/face-privacy@production; none: those in its image."
  type        = string
  default     = null
}

variable "mlflow_model_public_key" {
  description = "PEM text of the public key of whoever signs those weights."
  type        = string
  default     = ""
}

variable "prometheus_restore_snapshot_id" {
  description = "Make the data volume from this snapshot."
  type        = string
  default     = null
}

variable "cpu_architecture" {
  description = "X86_64 or ARM64: what the images were built for."
  type        = string
  default     = "X86_64"
}

variable "deletion_protection" {
  description = "Refuse to delete the load balancer until this is switched off."
  type        = bool
  default     = false
}

variable "prometheus_volume_size_gib" {
  description = "Size of the data volume. It can grow, not shrink."
  type        = number
  default     = 20
}

variable "service_min_tasks" {
  description = "Fewest service tasks."
  type        = number
  default     = 1
}

variable "service_max_tasks" {
  description = "Most service tasks."
  type        = number
  default     = 2
}

variable "permissions_boundary_arn" {
  description = "A policy that bounds what the roles made here can do; bootstrap's output, needed where GitHub deploys."
  type        = string
  default     = null
}
