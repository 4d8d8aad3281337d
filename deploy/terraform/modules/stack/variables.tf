variable "name" {
  description = "Name of the product: with the environment the prefix of every name."
  type        = string
  default     = "face-privacy"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "Three to twenty small letters, digits and hyphens."
  }
}

variable "environment" {
  description = "Name of the environment."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,10}$", var.environment))
    error_message = "Two to eleven small letters and digits."
  }
}

variable "domain" {
  description = "The domain under which api, www, prometheus, grafana and mlflow are."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain))
    error_message = "A domain name, such as example.org or staging.example.org."
  }
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

variable "public_cidrs" {
  description = "Who may reach page and API."
  type        = list(string)
  default     = ["0.0.0.0/0"]

  validation {
    condition     = length(var.public_cidrs) > 0 && alltrue([for cidr in var.public_cidrs : can(cidrhost(cidr, 0))])
    error_message = "A list of IPv4 ranges such as 203.0.113.0/24."
  }
}

variable "prometheus_allowed_cidrs" {
  description = "Who may reach Prometheus from outside. Nobody, unless said: it has no login."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.prometheus_allowed_cidrs) <= 40 && alltrue([for cidr in var.prometheus_allowed_cidrs : can(cidrhost(cidr, 0)) && cidr != "0.0.0.0/0"])
    error_message = "Up to forty IPv4 ranges such as 203.0.113.0/24; not 0.0.0.0/0, since Prometheus has no login."
  }
}

variable "grafana_allowed_cidrs" {
  description = "Who may reach Grafana's login from outside. Nobody, unless said."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.grafana_allowed_cidrs) <= 40 && alltrue([for cidr in var.grafana_allowed_cidrs : can(cidrhost(cidr, 0))])
    error_message = "Up to forty IPv4 ranges such as 203.0.113.0/24."
  }
}

variable "vpc_cidr" {
  description = "The VPC's address range."
  type        = string
  default     = "10.42.0.0/16"
}

variable "zone_count" {
  description = "Availability zones to use."
  type        = number
  default     = 2
}

variable "nat_gateway_per_zone" {
  description = "A NAT gateway in each zone, or one for all."
  type        = bool
  default     = false
}

variable "deletion_protection" {
  description = "Refuse to delete the load balancer until this is switched off."
  type        = bool
  default     = false
}

variable "access_log_retention_days" {
  description = "Days to keep the load balancer's access logs; 0 for none."
  type        = number
  default     = 0
}

variable "log_retention_days" {
  description = "Days to keep the tasks' logs."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "A number of days that CloudWatch knows: 1, 3, 5, 7, 14, 30, 60, 90 and so on."
  }
}

variable "container_insights" {
  description = "CloudWatch's own metrics for each task."
  type        = bool
  default     = true
}

variable "cpu_architecture" {
  description = "X86_64 or ARM64: what the images were built for."
  type        = string
  default     = "X86_64"
}

variable "use_spot" {
  description = "Run tasks on spare capacity."
  type        = bool
  default     = false
}

variable "service_image" {
  description = "The model service's image with its tag or digest."
  type        = string
}

variable "service_cpu" {
  description = "CPU units of a service task; a photo is worked on by one virtual CPU (1024)."
  type        = number
  default     = 2048
}

variable "service_memory" {
  description = "Memory of a service task in MiB."
  type        = number
  default     = 4096
}

variable "service_min_tasks" {
  description = "Fewest service tasks."
  type        = number
  default     = 2
}

variable "service_max_tasks" {
  description = "Most service tasks."
  type        = number
  default     = 6

  validation {
    condition     = var.service_max_tasks >= var.service_min_tasks
    error_message = "Not fewer than service_min_tasks."
  }
}

variable "service_requests_per_target_per_minute" {
  description = "Requests a minute and task that autoscaling aims at; about half of what a task can do."
  type        = number
  default     = 300
}

variable "service_environment" {
  description = "Further FACE_PRIVACY_* variables of the service."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.service_environment) : startswith(name, "FACE_PRIVACY_")])
    error_message = "The service's variables begin with FACE_PRIVACY_."
  }
}

variable "weights" {
  description = "With whose weights faces are found: research, those of InsightFace, for non-commercial research only, or permissive, under MIT (docs/detection.md)."
  type        = string
  default     = "research"

  validation {
    condition     = contains(["research", "permissive"], var.weights)
    error_message = "research or permissive."
  }
}

variable "page_image" {
  description = "The page's image with its tag or digest."
  type        = string
}

variable "page_min_tasks" {
  description = "Fewest page tasks."
  type        = number
  default     = 2
}

variable "page_max_tasks" {
  description = "Most page tasks."
  type        = number
  default     = 4
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

  validation {
    condition     = var.feedback_crop_public_key == "" || startswith(var.feedback_crop_public_key, "face-privacy-feedback-public ")
    error_message = "The text of the file that ends in .pub, and not the private key."
  }
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

  validation {
    condition     = !var.mlflow_enabled || var.mlflow_image != null
    error_message = "mlflow_enabled needs mlflow_image."
  }
}

variable "mlflow_allowed_cidrs" {
  description = "Who may reach MLflow's login from outside. Nobody, unless said."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.mlflow_allowed_cidrs) <= 40 && alltrue([for cidr in var.mlflow_allowed_cidrs : can(cidrhost(cidr, 0)) && cidr != "0.0.0.0/0"])
    error_message = "Up to forty IPv4 ranges such as 203.0.113.0/24; not 0.0.0.0/0: whoever logs in there writes to the registry."
  }
}

variable "mlflow_password_version" {
  description = "Raise it for new passwords of MLflow's users."
  type        = number
  default     = 1
}

variable "mlflow_model" {
  description = "Weights that the service asks MLflow for when a task starts, such as models:/face-privacy@production; none: those in its image."
  type        = string
  default     = null

  validation {
    condition     = var.mlflow_model == null || can(regex("^models:/[A-Za-z0-9._-]+(@[A-Za-z0-9._-]+|/[0-9]+)$", var.mlflow_model))
    error_message = "models:/NAME@ALIAS or models:/NAME/VERSION."
  }
}

variable "mlflow_model_public_key" {
  description = "PEM text of the public key of whoever signs those weights."
  type        = string
  default     = ""

  validation {
    condition     = var.mlflow_model == null || startswith(var.mlflow_model_public_key, "-----BEGIN PUBLIC KEY-----")
    error_message = "mlflow_model needs the public key that its weights are signed with, as PEM."
  }
}

variable "prometheus_image" {
  description = "Prometheus' official image."
  type        = string
  default     = "docker.io/prom/prometheus:v3.5.0"
}

variable "alertmanager_image" {
  description = "Alertmanager's official image."
  type        = string
  default     = "docker.io/prom/alertmanager:v0.28.1"
}

variable "prometheus_instance_type" {
  description = "The instance's type."
  type        = string
  default     = "t4g.small"
}

variable "prometheus_cpu_architecture" {
  description = "x86_64 or arm64; must fit the instance type."
  type        = string
  default     = "arm64"
}

variable "prometheus_volume_size_gib" {
  description = "Size of the data volume. It can grow, not shrink."
  type        = number
  default     = 20
}

variable "prometheus_retention_days" {
  description = "Days to keep samples."
  type        = number
  default     = 60
}

variable "prometheus_snapshot_count" {
  description = "Daily snapshots to keep."
  type        = number
  default     = 7
}

variable "prometheus_final_snapshot" {
  description = "Leave a snapshot when the volume is destroyed."
  type        = bool
  default     = true
}

variable "prometheus_restore_snapshot_id" {
  description = "Make the data volume from this snapshot."
  type        = string
  default     = null
}

variable "latency_p95_objective_seconds" {
  description = "The 95th percentile of processing time that an alert compares with."
  type        = number
  default     = 1
}

variable "alert_emails" {
  description = "Who gets alerts by e-mail."
  type        = set(string)
  default     = []
}

variable "permissions_boundary_arn" {
  description = "A policy that bounds what the roles made here can do; none unless said."
  type        = string
  default     = null
}
