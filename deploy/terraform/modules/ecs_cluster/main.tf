# The cluster, and the private names under which its tasks find one another and Prometheus finds
# each of them.

resource "aws_ecs_cluster" "this" {
  # checkov:skip=CKV_AWS_65: a variable, on unless an environment says otherwise; staging does, for its price
  name = var.name

  setting {
    name  = "containerInsights"
    value = var.container_insights ? "enabled" : "disabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

resource "aws_service_discovery_private_dns_namespace" "this" {
  name        = "${var.name}.internal"
  description = "Tasks by name, inside the VPC only"
  vpc         = var.vpc_id
}
