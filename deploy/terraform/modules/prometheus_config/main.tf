# What cloud-init makes of Prometheus' instance, as text. It needs no provider, so it can be rendered and
# looked at without an account.

locals {
  deploy = "${path.module}/../../.."

  values = {
    environment         = var.environment
    scrape_interval     = "15s"
    evaluation_interval = "15s"
    scrape_timeout      = "10s"
    service_discovery = join(" ", ["dns_sd_configs:", jsonencode([{
      names            = [var.service_discovery_name]
      type             = "A"
      port             = var.service_metrics_port
      refresh_interval = "10s"
    }])])
    rules_folder        = "/etc/prometheus/rules"
    prometheus_target   = "127.0.0.1:9090"
    alertmanager_target = "127.0.0.1:9093"

    memory_limit_bytes  = var.service_memory_limit_bytes
    latency_p95_seconds = var.latency_p95_objective_seconds

    receiver = join(" ", ["sns_configs:", jsonencode([{
      topic_arn     = var.alert_topic_arn
      sigv4         = { region = var.region }
      subject       = "{{ template \"face_privacy.subject\" . }}"
      message       = "{{ template \"face_privacy.message\" . }}"
      send_resolved = true
    }])])
    templates_folder = "/etc/alertmanager/templates"

    volume_id          = var.volume_id
    prometheus_image   = var.prometheus_image
    alertmanager_image = var.alertmanager_image
    retention_days     = var.retention_days
    # Room for the write-ahead log and for compaction beside the blocks.
    retention_size_gb = floor(var.volume_size_gib * 0.8)
    external_url      = var.external_url
  }

  # Handed over as a JSON list, which is YAML as well: nothing in a file can break the document round it.
  cloud_init = templatefile("${path.module}/files/cloud-init.yml", {
    files = jsonencode([
      for entry in yamldecode(file("${path.module}/files/manifest.yml")) : {
        path        = entry.path
        permissions = try(entry.executable, false) ? "0755" : "0644"
        content     = try(entry.template, false) ? templatefile("${local.deploy}/${entry.source}", local.values) : file("${local.deploy}/${entry.source}")
      }
    ])
  })
}
