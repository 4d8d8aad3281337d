{{- define "face-privacy.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "face-privacy.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "face-privacy.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{ include "face-privacy.selector" . }}
{{- end -}}

{{- define "face-privacy.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "face-privacy.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "face-privacy.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* The whole cores of a quantity such as "2", 1.5 or 1500m; at least one. */}}
{{- define "face-privacy.cores" -}}
{{- $quantity := . | toString -}}
{{- $millicores := ternary (trimSuffix "m" $quantity | float64) (mulf 1000 (float64 $quantity)) (hasSuffix "m" $quantity) -}}
{{- max 1 (div (int64 $millicores) 1000) -}}
{{- end -}}

{{- define "face-privacy.threads" -}}
{{- if .Values.threads -}}
{{- .Values.threads -}}
{{- else -}}
{{- $requests := default dict .Values.resources.requests -}}
{{- include "face-privacy.cores" (default (default "1" $requests.cpu) .Values.resources.limits.cpu) -}}
{{- end -}}
{{- end -}}

{{/* What the schema cannot say: values that make no sense together. */}}
{{- define "face-privacy.check" -}}
{{- if and .Values.feedback.volume.enabled (or .Values.autoscaling.enabled (gt (int .Values.replicas) 1)) -}}
{{- fail "feedback.volume: a file of corrections is one pod's; set autoscaling.enabled=false and replicas=1, or feedback.bucket" -}}
{{- end -}}
{{- if and .Values.networkPolicy.enabled (not .Values.networkPolicy.egress) (or .Values.feedback.bucket .Values.weights.model) -}}
{{- fail "networkPolicy.egress: without a rule there is no way out to feedback.bucket and weights.mlflow" -}}
{{- end -}}
{{- end -}}

{{- define "face-privacy.weightsEnvironment" -}}
{{- with .Values.weights }}
{{- if .model }}
- { name: FACE_PRIVACY_MODEL, value: {{ .model | quote }} }
- { name: FACE_PRIVACY_MODEL_KEY, value: {{ .publicKey | quote }} }
- { name: FACE_PRIVACY_MLFLOW, value: {{ .mlflow | quote }} }
{{- with .username }}
- { name: MLFLOW_TRACKING_USERNAME, value: {{ . | quote }} }
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "face-privacy.feedbackEnvironment" -}}
{{- with .Values.feedback }}
{{- if or .bucket .volume.enabled }}
- { name: FACE_PRIVACY_FEEDBACK, value: {{ default "/var/lib/face-privacy/feedback.db" .bucket | quote }} }
- { name: FACE_PRIVACY_FEEDBACK_DAYS, value: {{ .days | quote }} }
- { name: FACE_PRIVACY_FEEDBACK_CROP_DAYS, value: {{ .cropDays | quote }} }
{{- with .cropPublicKey }}
- { name: FACE_PRIVACY_FEEDBACK_KEY, value: {{ . | trim | quote }} }
{{- end }}
{{- end }}
{{- if .bucket }}
- { name: AWS_REGION, value: {{ .region | quote }} }
{{- with .endpoint }}
- { name: AWS_ENDPOINT_URL_S3, value: {{ . | quote }} }
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Variables by the keys of the secret that they come from. */}}
{{- define "face-privacy.secretEnvironment" -}}
{{- with .Values.existingSecret }}
{{- if .signingKey }}
FACE_PRIVACY_SIGNING_KEY: signing-key
{{- end }}
{{- if .mlflowPassword }}
MLFLOW_TRACKING_PASSWORD: mlflow-password
{{- end }}
{{- if .awsCredentials }}
AWS_ACCESS_KEY_ID: aws-access-key-id
AWS_SECRET_ACCESS_KEY: aws-secret-access-key
{{- end }}
{{- end }}
{{- end -}}

{{- define "face-privacy.volumeMounts" -}}
{{- if or .Values.existingSecret.apiKeys .Values.existingSecret.receiptKeys }}
- { name: keys, mountPath: /etc/face-privacy, readOnly: true }
{{- end }}
{{- if .Values.video.spool }}
- { name: clips, mountPath: /var/spool/face-privacy }
{{- end }}
{{- if .Values.feedback.volume.enabled }}
- { name: corrections, mountPath: /var/lib/face-privacy }
{{- end }}
{{- end -}}

{{- define "face-privacy.volumes" -}}
{{- if or .Values.existingSecret.apiKeys .Values.existingSecret.receiptKeys }}
- name: keys
  secret:
    secretName: {{ .Values.existingSecret.name }}
    defaultMode: 0440
    items:
      {{- if .Values.existingSecret.apiKeys }}
      - { key: api-keys, path: api-keys }
      {{- end }}
      {{- if .Values.existingSecret.receiptKeys }}
      - { key: receipt-keys, path: receipt-keys }
      {{- end }}
{{- end }}
{{- if .Values.video.spool }}
- { name: clips, emptyDir: { sizeLimit: {{ .Values.video.spool | quote }} } }
{{- end }}
{{- if .Values.feedback.volume.enabled }}
- { name: corrections, persistentVolumeClaim: { claimName: {{ include "face-privacy.correctionsClaim" . }} } }
{{- end }}
{{- end -}}

{{- define "face-privacy.correctionsClaim" -}}
{{- default (printf "%s-corrections" (include "face-privacy.fullname" . | trunc 51)) .Values.feedback.volume.existingClaim -}}
{{- end -}}
