variable "zone_id" {
  description = "The Route 53 zone."
  type        = string
}

variable "names" {
  description = "Full names that lead to the load balancer."
  type        = list(string)
}

variable "load_balancer_dns_name" {
  description = "The load balancer's own name."
  type        = string
}

variable "load_balancer_zone_id" {
  description = "The zone of that name."
  type        = string
}
