{{/*
The settings of the gateway as JSON. Which file is which:
- appsettings.Production.json, from the ConfigMap: what is no secret. Read at the start; a change of it replaces the pods.
- the file that PushGateway:SettingsFile names, from the Secret: keys of the API and secret settings. The gateway looks at it once a second and takes other keys.
*/}}
{{- define "push-gateway.settings" -}}
{{- $gateway := deepCopy .Values.settings }}
{{- $_ := set $gateway "Management" (dict "Port" (int .Values.management.port)) }}
{{- $_ := set $gateway "Shutdown" (dict "PauseSeconds" (int .Values.shutdown.pauseSeconds) "DrainSeconds" (int .Values.shutdown.drainSeconds)) }}
{{- $_ := set $gateway "Connections" (merge (dict "MaxConnections" (int .Values.maxConnections)) (get $gateway "Connections" | default dict)) }}
{{- if not .Values.metrics.enabled }}
{{- $_ := set $gateway "Metrics" (merge (dict "Enabled" false) (get $gateway "Metrics" | default dict)) }}
{{- end }}
{{- if .Values.allowedOrigins }}
{{- $_ := set $gateway "Security" (merge (dict "AllowedOrigins" .Values.allowedOrigins) (get $gateway "Security" | default dict)) }}
{{- end }}
{{- if eq (include "push-gateway.hasRedis" .) "true" }}
{{- $redis := include "push-gateway.redis" . | fromJson }}
{{- $_ := set $gateway "Redis" (merge $redis (get $gateway "Redis" | default dict)) }}
{{- end }}
{{- $all := dict "PushGateway" $gateway }}
{{- with .Values.logLevels }}
{{- $_ := set $all "Logging" (dict "LogLevel" .) }}
{{- end }}
{{- toPrettyJson $all }}
{{- end }}

{{- define "push-gateway.secretSettings" -}}
{{- $gateway := deepCopy .Values.secretSettings }}
{{- $security := get $gateway "Security" | default dict }}
{{- if .Values.keys }}
{{- $_ := set $security "Keys" .Values.keys }}
{{- end }}
{{- if .Values.apiKeys }}
{{- $_ := set $security "ApiKeys" .Values.apiKeys }}
{{- end }}
{{- if $security }}
{{- $_ := set $gateway "Security" $security }}
{{- end }}
{{- toPrettyJson (dict "PushGateway" $gateway) }}
{{- end }}

{{- define "push-gateway.hasOwnSecretSettings" -}}
{{- if or .Values.keys .Values.apiKeys .Values.secretSettings }}true{{ end }}
{{- end }}

{{/* The Secret with the settings file; empty when there is none. */}}
{{- define "push-gateway.settingsSecret" -}}
{{- if .Values.existingSecret }}
{{- .Values.existingSecret }}
{{- else if eq (include "push-gateway.hasOwnSecretSettings" .) "true" }}
{{- include "push-gateway.fullname" . }}
{{- end }}
{{- end }}

{{- define "push-gateway.hasRedis" -}}
{{- if or .Values.redis.enabled (eq (include "push-gateway.hasExternalRedis" .) "true") }}true{{ end }}
{{- end }}

{{- define "push-gateway.hasExternalRedis" -}}
{{- if or .Values.externalRedis.hosts .Values.externalRedis.existingSecretConnectionKey }}true{{ end }}
{{- end }}

{{/* The section Redis, without its secrets. */}}
{{- define "push-gateway.redis" -}}
{{- $external := .Values.externalRedis }}
{{- $redis := dict "Prefix" $external.prefix }}
{{- if .Values.redis.enabled }}
{{- $_ := set $redis "Connection" (printf "redis://%s-redis:6379" (include "push-gateway.fullname" .)) }}
{{- else if not $external.existingSecretConnectionKey }}
{{- $options := dict }}
{{- range $name, $value := $external.options }}
{{- $_ := set $options $name (toString $value) }}
{{- end }}
{{- with $external.sentinelMaster }}
{{- $_ := set $options "serviceName" . }}
{{- end }}
{{- with $external.tls.hostName }}
{{- $_ := set $options "sslHost" . }}
{{- end }}
{{- $query := list }}
{{- range $name := keys $options | sortAlpha }}
{{- $query = append $query (printf "%s=%s" $name (get $options $name | urlquery | replace "+" "%20")) }}
{{- end }}
{{- $address := printf "%s://%s" (ternary "rediss" "redis" $external.tls.enabled) (join "," $external.hosts) }}
{{- $_ := set $redis "Connection" (ternary (printf "%s?%s" $address (join "&" $query)) $address (gt (len $query) 0)) }}
{{- with $external.user }}
{{- $_ := set $redis "User" . }}
{{- end }}
{{- end }}
{{- with $external.tls.caSecret }}
{{- $_ := set $redis "CaCertificate" (printf "/etc/push-gateway/redis-ca/%s" $external.tls.caSecretKey) }}
{{- end }}
{{- with $external.tls.clientSecret }}
{{- $_ := set $redis "ClientCertificate" "/etc/push-gateway/redis-client/tls.crt" }}
{{- $_ := set $redis "ClientKey" "/etc/push-gateway/redis-client/tls.key" }}
{{- end }}
{{- toJson $redis }}
{{- end }}

{{/* Pause, drain, and 10 seconds for the last answers: what a pod may need from SIGTERM to its end. */}}
{{- define "push-gateway.leavingSeconds" -}}
{{- add (int .Values.shutdown.pauseSeconds) (int .Values.shutdown.drainSeconds) 10 }}
{{- end }}

{{- define "push-gateway.gracePeriodSeconds" -}}
{{- .Values.terminationGracePeriodSeconds | default (include "push-gateway.leavingSeconds" .) | int }}
{{- end }}

{{- define "push-gateway.minReadySeconds" -}}
{{- if kindIs "invalid" .Values.minReadySeconds }}
{{- add (int .Values.shutdown.pauseSeconds) (int .Values.shutdown.drainSeconds) }}
{{- else }}
{{- int .Values.minReadySeconds }}
{{- end }}
{{- end }}

{{/* The fewest pods that are wanted. */}}
{{- define "push-gateway.replicas" -}}
{{- ternary .Values.autoscaling.minReplicas .Values.replicaCount .Values.autoscaling.enabled | int }}
{{- end }}
