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
