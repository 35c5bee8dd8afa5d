{{- define "broker.name" -}}
{{- if contains "execution-broker" .Release.Name }}{{ .Release.Name | trunc 53 | trimSuffix "-" }}{{ else }}{{ printf "%s-execution-broker" .Release.Name | trunc 53 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "broker.selector" -}}
app.kubernetes.io/name: execution-broker
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "broker.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{ include "broker.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "broker.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "broker.name" .) }}
{{- end }}

{{- define "broker.sessionNamespace" -}}
{{- .Values.rights.namespace | default .Release.Namespace }}
{{- end }}

{{- define "broker.image" -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}{{ else }}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- /* Where the address of the database stands: a Secret of one's own, or the one that CloudNativePG makes. */ -}}
{{- define "broker.databaseSecret" -}}
{{- $postgres := .Values.database.cloudNativePG -}}
{{- if .Values.database.existingSecret }}{{ .Values.database.existingSecret }}
{{- else if or $postgres.create $postgres.name }}{{ include "broker.postgres" . }}-app
{{- else }}{{ fail "set database.existingSecret to a Secret with the address of a PostgreSQL, or database.cloudNativePG.create" }}
{{- end }}
{{- end }}

{{- define "broker.databaseKey" -}}
{{- if .Values.database.existingSecret }}{{ .Values.database.existingSecretKey }}{{ else }}uri{{ end }}
{{- end }}

{{- define "broker.postgres" -}}
{{- .Values.database.cloudNativePG.name | default (printf "%s-postgres" (include "broker.name" .)) }}
{{- end }}

{{- /* What the chart decides stands before what is written. */ -}}
{{- define "broker.config" -}}
{{- $given := dict "http" (dict "host" "0.0.0.0" "port" 8642) "database" (dict "url" (dict "env" "DATABASE_URL")) "state" "/state" -}}
{{- toYaml (mustMergeOverwrite (deepCopy .Values.config) $given) }}
{{- end }}
