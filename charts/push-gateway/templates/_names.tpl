{{- define "push-gateway.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" }}
{{- end }}

{{/* 63 characters are allowed; 11 are left for "-management". */}}
{{- define "push-gateway.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "push-gateway.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "push-gateway.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* push-gateway.selector (list . "gateway"): what tells the pods of a component. Never changes in the life of a release. */}}
{{- define "push-gateway.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "push-gateway.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/*
push-gateway.podLabels (list . "gateway" [further labels]): those of a component's pods. Without the version of the chart: a pod is replaced when something of it changes, and a label that says
nothing of it is no reason.
*/}}
{{- define "push-gateway.podLabels" -}}
{{- $root := index . 0 }}
{{- $labels := dict "app.kubernetes.io/part-of" "push-gateway" }}
{{- if ne (index . 1) "redis" }}
{{- $_ := set $labels "app.kubernetes.io/version" ($root.Values.image.tag | default $root.Chart.AppVersion | trunc 63 | trimSuffix "-") }}
{{- end }}
{{- range prepend (slice . 2) $root.Values.commonLabels }}
{{- $labels = mergeOverwrite $labels (. | default dict) }}
{{- end }}
{{- mergeOverwrite $labels (include "push-gateway.selector" . | fromYaml) | toYaml }}
{{- end }}

{{/* The same for everything else. */}}
{{- define "push-gateway.labels" -}}
{{- $root := index . 0 }}
{{- $chart := printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- mergeOverwrite (include "push-gateway.podLabels" . | fromYaml) (dict "helm.sh/chart" $chart "app.kubernetes.io/managed-by" $root.Release.Service) | toYaml }}
{{- end }}

{{/* push-gateway.image (list .Values.image default): by digest where there is one. */}}
{{- define "push-gateway.image" -}}
{{- $image := index . 0 -}}
{{- if $image.digest }}
{{- printf "%s@%s" $image.repository $image.digest }}
{{- else }}
{{- printf "%s:%s" $image.repository ($image.tag | default (index . 1)) }}
{{- end }}
{{- end }}

{{/* Of the gateway's own Service, from pods anywhere in the cluster. */}}
{{- define "push-gateway.host" -}}
{{- printf "%s.%s.svc" (include "push-gateway.fullname" .) .Release.Namespace }}
{{- end }}
